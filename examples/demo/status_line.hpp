#pragma once

#include <chrono>
#include <streamkit/client/publisher.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>

namespace streamkit::demo {

/// One line that reports the progress of a stream: overwritten in place on a terminal, a new line
/// for each change elsewhere.
class StatusLine {
 public:
  StatusLine(const client::Publisher& publisher, SessionStore& sessions, StreamRecords& records);

  /// Waits a moment, then prints the line if it changed.
  void update();
  /// The session has ended and all of its segments are listed, or it failed for good.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  void finish() const;

 private:
  const client::Publisher& publisher_;
  SessionStore& sessions_;
  StreamRecords& records_;
  const std::string session_id_;
  const bool terminal_;
  std::string last_;
  bool complete_ = false;
};

}  // namespace streamkit::demo
