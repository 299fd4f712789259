#pragma once

#include <chrono>
#include <mutex>
#include <span>
#include <streamkit/core/context.hpp>
#include <streamkit/worker/file_conversion.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamkit::worker_tool {

/// One line that is written over itself on a terminal, and now and then a new one elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);

  void show(const worker::FileProgress& progress);
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  void print(Clock::time_point now, const char* end) const;

  const bool quiet_;
  const bool terminal_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point next_ = began_;
  worker::FileProgress last_;
};

/// What a person should know about the conversion, kept until it is known that it can be done: a
/// failure is a single line.
class Notes final : public Logger {
 public:
  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override;
  void print(bool warnings_only);

 private:
  std::mutex mutex_;
  std::vector<std::pair<LogLevel, std::string>> lines_;  // Guarded by mutex_
};

}  // namespace streamkit::worker_tool
