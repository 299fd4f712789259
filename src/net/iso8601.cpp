#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <streamkit/net/iso8601.hpp>

namespace streamkit::net {
namespace {

using Days = std::chrono::duration<std::int64_t, std::ratio<86400>>;

struct DateTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// The Gregorian calendar repeats every 400 years; counting years from March puts the leap day last,
// so that the month lengths before it are a linear function: (153 m + 2) / 5 days before month m.
constexpr std::int64_t kDaysPer400Years = 146'097;
constexpr std::int64_t kEpochFromMarch0 = 719'468;  // days from 0000-03-01 to 1970-01-01

std::int64_t days_from_civil(int year, int month, int day) noexcept {
  const std::int64_t y = month > 2 ? year : year - 1;
  const std::int64_t cycle = y / 400;
  const std::int64_t year_of_cycle = y - cycle * 400;
  const int month_from_march = (month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  return cycle * kDaysPer400Years + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 +
         day_of_year - kEpochFromMarch0;
}

// Precondition: days from year 0 on, which every WallTime is.
void set_civil(std::int64_t days_since_epoch, DateTime& date) noexcept {
  const std::int64_t days = days_since_epoch + kEpochFromMarch0;
  const std::int64_t cycle = days / kDaysPer400Years;
  const std::int64_t day_of_cycle = days - cycle * kDaysPer400Years;
  // Take out the leap days (the last day of every 4, but not 100, but 400 years).
  const std::int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 -
                                      day_of_cycle / (kDaysPer400Years - 1)) /
                                     365;
  const std::int64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  date.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  date.year = static_cast<int>(cycle * 400 + year_of_cycle + (date.month <= 2 ? 1 : 0));
}

int days_in_month(int year, int month) noexcept {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

DateTime split(WallTime time) noexcept {
  const auto since_epoch = time.time_since_epoch();
  const auto days = std::chrono::floor<Days>(since_epoch);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch - days).count();
  DateTime result;
  set_civil(days.count(), result);
  result.hour = static_cast<int>(seconds / 3600);
  result.minute = static_cast<int>(seconds / 60 % 60);
  result.second = static_cast<int>(seconds % 60);
  return result;
}

std::string print(const char* format, WallTime time) {
  const DateTime t = split(time);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, t.year, t.month, t.day, t.hour, t.minute,
                t.second);
  return text.data();
}

// Reads a time by a pattern in which letters take a digit of their field and all else stands for
// itself.
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
  // A system_clock of nanoseconds ends in 2262.
  const bool valid = t.year >= 1970 && t.year <= 2261 && t.month >= 1 && t.month <= 12 &&
                     t.day >= 1 && t.day <= days_in_month(t.year, t.month) && t.hour <= 23 &&
                     t.minute <= 59 && t.second <= 59;
  return valid ? std::optional(t) : std::nullopt;
}

WallTime join(const DateTime& t) noexcept {
  const Days days{days_from_civil(t.year, t.month, t.day)};
  return WallTime{days + std::chrono::hours(t.hour) + std::chrono::minutes(t.minute) +
                  std::chrono::seconds(t.second)};
}

// ".25" as a part of a second; empty when it is none.
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
  return {ErrorCode::InvalidArgument, "no UTC time of the form " + std::string(expected)};
}

}  // namespace

std::string format_iso8601(WallTime time) { return print("%04d-%02d-%02dT%02d:%02d:%02dZ", time); }

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
