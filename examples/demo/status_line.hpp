#pragma once

#include <chrono>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>

#include "capture/capture_runner.hpp"

namespace streamkit::demo {

/// One line that tells how far a stream has come: written over itself on a terminal, a new line
/// for each change elsewhere.
class StatusLine {
 public:
  StatusLine(const capture_tool::CaptureRunner& capture, SessionStore& sessions,
             StreamRecords& records, std::string session_id);

  /// Waits a moment, then prints the line if it changed.
  void update();
  /// The session has ended and all of its segments are listed, or it failed for good.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  void finish() const;

 private:
  const capture_tool::CaptureRunner& capture_;
  SessionStore& sessions_;
  StreamRecords& records_;
  const std::string session_id_;
  const bool terminal_;
  std::string last_;
  bool complete_ = false;
};

}  // namespace streamkit::demo
