#include "capture/ui_status.hpp"

#include <chrono>
#include <memory>
#include <streamkit/net/iso8601.hpp>

#include "capture/ui_json.hpp"

namespace streamkit::capture_tool {
namespace {

// Often enough for meters.
constexpr std::chrono::milliseconds kPeriod{150};

}  // namespace

StatusWatch::StatusWatch(CaptureControl& control, RecentSessions& sessions,
                         std::function<void()> changed, Context context)
    : control_(control),
      sessions_(sessions),
      changed_(std::move(changed)),
      context_(context),
      snapshot_{std::make_shared<const std::string>(status_json({})), 1, {}} {
  thread_ = std::jthread([this](std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    do {
      look();
    } while (clock.wait_until(clock.steady_now() + kPeriod, stop));
  });
}

StatusWatch::Snapshot StatusWatch::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void StatusWatch::name_source(std::string name) {
  const std::lock_guard lock(mutex_);
  source_name_ = std::move(name);
}

void StatusWatch::look() {
  const CaptureStatus status = control_.status();
  record(status);
  std::string json = status_json(status);
  {
    const std::lock_guard lock(mutex_);
    if (*snapshot_.json == json) return;
    snapshot_ = {std::make_shared<const std::string>(std::move(json)), snapshot_.serial + 1,
                 status.playlist_url};
  }
  changed_();
}

// The file is written when a session begins and when its state changes, not with each chunk.
void StatusWatch::record(const CaptureStatus& status) {
  if (status.session_id.empty()) return;
  const std::string state(to_string(status.state));
  if (session_.session_id == status.session_id && session_.state == state) return;
  if (session_.session_id != status.session_id) {
    const std::lock_guard lock(mutex_);
    session_ = {.session_id = status.session_id,
                .playlist_url = status.playlist_url,
                .watch_url = status.watch_url,
                .source = source_name_,
                .started_at = net::format_iso8601(context_.clock_or_system().system_now()),
                .state = {}};
  }
  session_.state = state;
  session_.chunks = status.chunks_stored;
  sessions_.put(session_);
}

}  // namespace streamkit::capture_tool
