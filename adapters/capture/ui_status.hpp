#pragma once

#include <functional>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <streamkit/core/shared_text.hpp>
#include <string>
#include <thread>
#include <utility>

#include "capture/capture_control.hpp"
#include "capture/ui_sessions.hpp"

namespace streamkit::capture_tool {

/// Reads the status of a capture a few times per second, on its own thread, for any number of
/// pages, and records its session among the recent ones.
/// Thread-safety: every method may be called from any thread.
class StatusWatch {
 public:
  /// `changed` is called, on the thread, after each change. All references must outlive the watch.
  StatusWatch(CaptureControl& control, RecentSessions& sessions, std::function<void()> changed,
              Context context);
  StatusWatch(StatusWatch&&) = delete;
  StatusWatch& operator=(StatusWatch&&) = delete;

  /// The status as JSON, and a number that grows with each change.
  struct Snapshot {
    SharedText json;
    std::uint64_t serial = 0;
    std::string playlist_url;
  };
  [[nodiscard]] Snapshot snapshot() const;
  /// Names the source of the session that starts next, for the list of recent ones.
  void name_source(std::string name);

 private:
  void look();
  void record(const CaptureStatus& status);

  CaptureControl& control_;
  RecentSessions& sessions_;
  const std::function<void()> changed_;
  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Snapshot snapshot_;
  std::string source_name_;
  // Used by the thread alone.
  RecentSession session_;
  std::jthread thread_;
};

}  // namespace streamkit::capture_tool
