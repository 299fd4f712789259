#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <streamkit/net/iso8601.hpp>

namespace streamkit::net {
namespace {

struct DateTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::chrono::year_month_day date_of(const DateTime& t) noexcept {
  return std::chrono::year(t.year) / t.month / t.day;
}

DateTime split(WallTime time) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

std::string print(const char* format, WallTime time) {
  const DateTime t = split(time);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, t.year, t.month, t.day, t.hour, t.minute,
                t.second);
  return text.data();
}

// Parses a time by a pattern. A letter of the pattern matches one digit of its field; any other
// character matches itself.
std::optional<DateTime> read(std::string_view text, std::string_view pattern) noexcept {
  if (text.size() != pattern.size()) return {};
  DateTime t{0, 0, 0, 0, 0, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    int* field = nullptr;
    switch (pattern[i]) {
      case 'y':
        field = &t.year;
        break;
      case 'o':
        field = &t.month;
        break;
      case 'd':
        field = &t.day;
        break;
      case 'h':
        field = &t.hour;
        break;
      case 'm':
        field = &t.minute;
        break;
      case 's':
        field = &t.second;
        break;
      default:
        if (text[i] != pattern[i]) return {};
        continue;
    }
    if (text[i] < '0' || text[i] > '9') return {};
    *field = *field * 10 + (text[i] - '0');
  }
  // A system_clock that counts nanoseconds ends in 2262.
  const bool valid = t.year >= 1970 && t.year <= 2261 && date_of(t).ok() && t.hour <= 23 &&
                     t.minute <= 59 && t.second <= 59;
  return valid ? std::optional(t) : std::nullopt;
}

WallTime join(const DateTime& t) noexcept {
  return WallTime{std::chrono::sys_days(date_of(t)) + std::chrono::hours(t.hour) +
                  std::chrono::minutes(t.minute) + std::chrono::seconds(t.second)};
}

// Parses ".25" as a fraction of a second. Returns nothing for any other text.
std::optional<std::chrono::nanoseconds> read_fraction(std::string_view text) noexcept {
  constexpr std::size_t kMaxDigits = 9;
  if (text.size() < 2 || text.size() > kMaxDigits + 1 || text.front() != '.') return {};
  std::int64_t value = 0;
  for (std::size_t i = 1; i <= kMaxDigits; ++i) {
    const char c = i < text.size() ? text[i] : '0';
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  return std::chrono::nanoseconds(value);
}

Error not_a_time(std::string_view expected) {
  return {ErrorCode::InvalidArgument, "not a UTC time of the form " + std::string(expected)};
}

}  // namespace

std::string format_iso8601(WallTime time) { return print("%04d-%02d-%02dT%02d:%02d:%02dZ", time); }

std::string format_iso8601_milliseconds(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - whole).count();
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(rest));
  std::string text = format_iso8601(time);
  text.pop_back();
  return text + fraction.data();
}

std::string format_iso8601_basic(WallTime time) {
  return print("%04d%02d%02dT%02d%02d%02dZ", time);
}

Result<WallTime> parse_iso8601(std::string_view text) {
  constexpr std::string_view kPattern = "yyyy-oo-ddThh:mm:ss";
  const Error refusal = not_a_time("2026-11-21T10:00:00Z");
  if (text.size() <= kPattern.size() || text.back() != 'Z') return refusal;
  const auto seconds = read(text.substr(0, kPattern.size()), kPattern);
  if (!seconds) return refusal;
  const std::string_view rest = text.substr(kPattern.size(), text.size() - kPattern.size() - 1);
  if (rest.empty()) return join(*seconds);
  const auto fraction = read_fraction(rest);
  if (!fraction) return refusal;
  return join(*seconds) + std::chrono::duration_cast<WallTime::duration>(*fraction);
}

Result<WallTime> parse_iso8601_basic(std::string_view text) {
  const auto parsed = read(text, "yyyyooddThhmmssZ");
  if (!parsed) return not_a_time("20261121T100000Z");
  return join(*parsed);
}

}  // namespace streamkit::net
