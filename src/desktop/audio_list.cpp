#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <streamkit/desktop/audio_input.hpp>
#include <utility>

#include "desktop/audio_connection.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::chrono::seconds kPatience{5};

// Asks for the default devices first, then for all.
class SourceListing {
 public:
  Result<std::vector<SourceInfo>> run(const std::string& server) {
    auto loop = start_pulse_loop();
    if (!loop) return loop.error();
    loop_ = loop->get();
    {
      PulseLock lock(loop_);
      auto context = connect_pulse(loop_, server, on_state, this);
      if (!context) return context.error();
      context_ = std::move(*context);
    }
    wait();
    {
      PulseLock lock(loop_);
      context_.reset();
    }
    std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!done_) return Error{ErrorCode::Unavailable, "the audio server does not respond"};
    std::stable_sort(found_.begin(), found_.end(), [](const SourceInfo& a, const SourceInfo& b) {
      return a.is_default && !b.is_default;
    });
    return std::move(found_);
  }

 private:
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return done_ || failure_.has_value(); });
  }
  void finish(std::optional<Error> failure) {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
      failure_ = std::move(failure);
    }
    changed_.notify_all();
  }
  static void begin(pa_operation* operation) {
    if (operation != nullptr) pa_operation_unref(operation);
  }

  static void on_state(pa_context* context, void* user) {
    auto* self = static_cast<SourceListing*>(user);
    const pa_context_state_t state = pa_context_get_state(context);
    if (state == PA_CONTEXT_READY) {
      begin(pa_context_get_server_info(context, on_server, user));
    } else if (!PA_CONTEXT_IS_GOOD(state)) {
      self->finish(pulse_error(context, "cannot reach the audio server"));
    }
  }
  static void on_server(pa_context* context, const pa_server_info* info, void* user) {
    auto* self = static_cast<SourceListing*>(user);
    if (info == nullptr) {
      return self->finish(pulse_error(context, "the audio server does not describe itself"));
    }
    if (info->default_source_name != nullptr) self->default_source_ = info->default_source_name;
    if (info->default_sink_name != nullptr) self->default_sink_ = info->default_sink_name;
    begin(pa_context_get_source_info_list(context, on_source, user));
  }
  static void on_source(pa_context* context, const pa_source_info* info, int end, void* user) {
    auto* self = static_cast<SourceListing*>(user);
    if (end < 0) return self->finish(pulse_error(context, "cannot list the audio devices"));
    if (end > 0 || info == nullptr) return self->finish({});
    self->add(*info);
  }
  void add(const pa_source_info& info) {
    const bool is_monitor = info.monitor_of_sink != PA_INVALID_INDEX;
    SourceInfo source;
    source.id = audio_id(info.name);
    source.kind = is_monitor ? SourceKind::SystemAudio : SourceKind::Microphone;
    source.name = info.description != nullptr ? info.description : info.name;
    source.is_default = is_monitor ? info.monitor_of_sink_name != nullptr &&
                                         default_sink_ == info.monitor_of_sink_name
                                   : default_source_ == info.name;
    std::lock_guard lock(mutex_);
    found_.push_back(std::move(source));
  }

  // Used by the loop's thread only.
  std::string default_source_;
  std::string default_sink_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_
  std::vector<SourceInfo> found_;
  bool done_ = false;
  std::optional<Error> failure_;
  PulseContextPtr context_;  // guarded by the loop's lock
  pa_threaded_mainloop* loop_ = nullptr;
};

}  // namespace

Result<std::vector<SourceInfo>> list_audio_sources(const AudioServerOptions& options) {
  SourceListing listing;
  return listing.run(options.server);
}

}  // namespace streamkit::desktop
