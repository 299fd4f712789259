#include <streamkit/telemetry/json_logger.hpp>

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>

#include <streamkit/core/json_text.hpp>

namespace streamkit::telemetry {
namespace {

std::string timestamp(std::chrono::system_clock::time_point now) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm utc = {};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                static_cast<int>(milliseconds % 1000));
  return text.data();
}

}  // namespace

void JsonLogger::log(LogLevel level, std::string_view message,
                     std::span<const LogField> fields) noexcept try {
  if (level < least_) return;
  std::string line = "{\"time\":\"" + timestamp(std::chrono::system_clock::now()) +
                     "\",\"level\":" + json_string(to_string(level)) +
                     ",\"message\":" + json_string(message);
  for (const auto& field : fields) {
    line += ',' + json_string(field.name) + ':' + json_string(field.value);
  }
  line += "}\n";
  // A log that cannot be written has nowhere to report it.
  [[maybe_unused]] const auto written = ::write(descriptor_, line.data(), line.size());
} catch (const std::exception&) {
  // Out of memory: the line is lost, the program goes on.
}

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
  for (const auto level : {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error}) {
    if (name == to_string(level)) return level;
  }
  return {};
}

}  // namespace streamkit::telemetry
