#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string>
#include <vector>

namespace streamkit::testing {

/// Keeps every log line.
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API RecordingLogger final : public Logger {
 public:
  struct Line {
    LogLevel level = LogLevel::Debug;
    std::string message;
    std::map<std::string, std::string, std::less<>> fields = {};
  };

  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override;

  [[nodiscard]] std::vector<Line> lines() const;
  [[nodiscard]] std::size_t count(LogLevel level) const;
  /// Returns whether any message, field name or field value contains `text`: to prove that a secret
  /// is not logged.
  [[nodiscard]] bool mentions(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::vector<Line> lines_;
};

}  // namespace streamkit::testing
