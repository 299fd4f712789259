#include "gstreamer/pipeline.hpp"

#include <string_view>
#include <utility>

namespace streamkit::gstreamer {
namespace {

Error parse_error(const GError& error) {
  return {ErrorCode::InvalidArgument,
          "GStreamer rejects the pipeline: " + std::string(error.message), "gstreamer", error.code};
}

// Returns the last line of what an element adds to its error, in parentheses. The lines before it
// name places in its source.
std::string last_line(const gchar* debug) {
  std::string_view text = debug == nullptr ? "" : debug;
  const std::size_t line = text.rfind('\n');
  if (line == std::string_view::npos || line + 1 == text.size()) return {};
  return " (" + std::string(text.substr(line + 1)) + ")";
}

Result<void> require_runtime() {
  if (gst_is_initialized()) return {};
  return Error{ErrorCode::Unavailable,
               "GStreamer is not initialized; create a gstreamer::Runtime first"};
}

}  // namespace

Result<std::unique_ptr<Pipeline>> Pipeline::parse(const std::string& text) {
  if (auto ready = require_runtime(); !ready) return ready.error();
  GError* error = nullptr;
  ElementPtr parsed(
      gst_parse_launch_full(text.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error));
  if (parsed != nullptr) gst_object_ref_sink(parsed.get());
  const ErrorPtr owned(error);
  if (error != nullptr) return parse_error(*error);
  if (parsed == nullptr) return Error{ErrorCode::InvalidArgument, "the pipeline is empty"};
  std::unique_ptr<Pipeline> pipeline(new Pipeline);
  if (GST_IS_PIPELINE(parsed.get())) {
    pipeline->pipeline_ = std::move(parsed);
  } else {
    pipeline->pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
    gst_bin_add(GST_BIN(pipeline->get()), parsed.get());
  }
  const BusPtr bus(gst_element_get_bus(pipeline->get()));
  gst_bus_set_sync_handler(bus.get(), &Pipeline::on_message, pipeline.get(), nullptr);
  // The clock of the machine, so that the times of buffers are those of the steady clock.
  const ClockPtr clock(gst_system_clock_obtain());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline->get()), clock.get());
  return pipeline;
}

Pipeline::~Pipeline() {
  reset();
  const BusPtr bus(gst_element_get_bus(get()));
  gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

ElementPtr Pipeline::find(const char* name) const {
  return ElementPtr(gst_bin_get_by_name(GST_BIN(get()), name));
}

Result<void> Pipeline::play() {
  if (gst_element_set_state(get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return {};
  return failure().value_or(Error{ErrorCode::Unavailable, "the GStreamer pipeline does not start"});
}

void Pipeline::reset() { gst_element_set_state(get(), GST_STATE_NULL); }

std::optional<Error> Pipeline::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Pipeline::notify() {
  const std::lock_guard lock(mutex_);
  ++changes_;
  changed_.notify_all();
}

Result<bool> Pipeline::wait(const std::stop_token& stop,
                            std::optional<std::chrono::milliseconds> timeout,
                            const std::function<bool()>& ready) {
  const auto deadline =
      std::chrono::steady_clock::now() + timeout.value_or(std::chrono::hours(24 * 365));
  for (;;) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = changes_;
    }
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading stopped"};
    if (ready()) return true;
    std::unique_lock lock(mutex_);
    if (failure_) return *failure_;
    const bool changed =
        changed_.wait_until(lock, stop, deadline, [&] { return changes_ != seen; });
    if (!changed && !stop.stop_requested()) return false;
  }
}

GstBusSyncReply Pipeline::on_message(GstBus* /*bus*/, GstMessage* message, gpointer self) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    static_cast<Pipeline*>(self)->fail(message);
  }
  // Nobody reads the bus, so that nothing may stay in it.
  gst_message_unref(message);
  return GST_BUS_DROP;
}

void Pipeline::fail(GstMessage* message) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  gst_message_parse_error(message, &error, &debug);
  const ErrorPtr owned(error);
  const TextPtr owned_debug(debug);
  const TextPtr element(gst_object_get_name(GST_MESSAGE_SRC(message)));
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) {
      failure_ = Error{ErrorCode::Unavailable,
                       "the GStreamer element " + std::string(element.get()) +
                           " failed: " + error->message + last_line(debug),
                       "gstreamer", error->code};
    }
  }
  notify();
}

Result<ElementPtr> parse_bin(const std::string& text) {
  if (auto ready = require_runtime(); !ready) return ready.error();
  GError* error = nullptr;
  ElementPtr bin(gst_parse_bin_from_description_full(text.c_str(), TRUE, nullptr,
                                                     GST_PARSE_FLAG_FATAL_ERRORS, &error));
  if (bin != nullptr) gst_object_ref_sink(bin.get());
  const ErrorPtr owned(error);
  if (error != nullptr) return parse_error(*error);
  if (bin == nullptr) return Error{ErrorCode::InvalidArgument, "the elements are empty"};
  return bin;
}

}  // namespace streamkit::gstreamer
