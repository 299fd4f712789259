#pragma once

#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string_view>

namespace streamkit::telemetry {

/// Writes log lines as JSON objects, one per line, each with a single write(2), so that lines of
/// several threads and processes do not mix:
/// `{"time":"2026-11-21T10:00:00.123Z","level":"info","message":"...","session_id":"..."}`
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API JsonLogger final : public Logger {
 public:
  static constexpr int kStandardError = 2;

  /// Drops lines below `least`. `descriptor` must stay open for the lifetime of the logger.
  explicit JsonLogger(LogLevel least = LogLevel::Info, int descriptor = kStandardError) noexcept
      : least_(least), descriptor_(descriptor) {}

  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override;

 private:
  const LogLevel least_;
  const int descriptor_;
};

/// Parses "debug", "info", "warning" or "error". Returns nothing for any other text.
STREAMKIT_API [[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

}  // namespace streamkit::telemetry
