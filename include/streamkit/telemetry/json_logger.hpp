#pragma once

#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string_view>

namespace streamkit::telemetry {

/// Log lines as JSON objects, one per line, each written by one write(2) so that lines of several
/// threads and processes do not mix:
/// `{"time":"2026-11-21T10:00:00.123Z","level":"info","message":"...","session_id":"..."}`
/// Thread-safety: every method may be called from any thread at once.
class STREAMKIT_API JsonLogger final : public Logger {
 public:
  static constexpr int kStandardError = 2;

  /// Lines below `least` are dropped. `descriptor` must stay open as long as the logger lives.
  explicit JsonLogger(LogLevel least = LogLevel::Info, int descriptor = kStandardError) noexcept
      : least_(least), descriptor_(descriptor) {}

  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override;

 private:
  const LogLevel least_;
  const int descriptor_;
};

/// "debug", "info", "warning" or "error"; empty for anything else.
STREAMKIT_API [[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

}  // namespace streamkit::telemetry
