#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <set>
#include <streamkit/store/uploader.hpp>
#include <string>
#include <string_view>

#include "capture/capture_control.hpp"

namespace streamkit::capture_tool {

/// Returns one line of text without a line end, such as "streaming  chunk 7  uploaded 5  lag 4.0 s
/// 30.0 fps  dropped 0  2.1 Mbit/s".
[[nodiscard]] std::string status_text(const CaptureStatus& status);
/// Returns the status as one JSON object on one line; see docs/capture.md.
[[nodiscard]] std::string status_json(std::string_view event, const CaptureStatus& status);

/// Reports the course of one capture on a terminal or to a script.
/// Thread-safety: one thread at a time.
class CaptureReport {
 public:
  virtual ~CaptureReport() = default;
  virtual void started(const CaptureStatus& status) = 0;
  /// Called several times a second.
  virtual void update(const CaptureStatus& status) = 0;
  /// The last call.
  virtual void ended(const CaptureStatus& status, const UploaderStats& uploads) = 0;
};

/// Prints the URLs, then keeps one line up to date if `out` is a `terminal`. Problems go to
/// `errors`, once each time that they begin.
class TextReport final : public CaptureReport {
 public:
  TextReport(std::ostream& out, std::ostream& errors, bool terminal)
      : out_(out), errors_(errors), terminal_(terminal) {}
  void started(const CaptureStatus& status) override;
  void update(const CaptureStatus& status) override;
  void ended(const CaptureStatus& status, const UploaderStats& uploads) override;

 private:
  void show_line(std::string text);
  void clear_line();

  std::ostream& out_;
  std::ostream& errors_;
  const bool terminal_;
  std::string line_;
  std::set<std::string> known_problems_;
};

/// Prints one JSON object per line: "started", "status" each second and when the state changes,
/// "problem", and "ended".
class JsonReport final : public CaptureReport {
 public:
  explicit JsonReport(std::ostream& out) : out_(out) {}
  void started(const CaptureStatus& status) override;
  void update(const CaptureStatus& status) override;
  void ended(const CaptureStatus& status, const UploaderStats& uploads) override;

 private:
  std::ostream& out_;
  std::set<std::string> known_problems_;
  std::optional<CaptureState> state_;
  std::chrono::steady_clock::time_point next_ = {};
};

}  // namespace streamkit::capture_tool
