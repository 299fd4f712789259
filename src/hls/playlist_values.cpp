#include "hls/playlist_values.hpp"

#include <charconv>
#include <chrono>
#include <limits>
#include <streamkit/core/text.hpp>

namespace streamkit::hls {
namespace {

constexpr std::string_view kBlanks = " \t";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Removes exactly `width` digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t width) noexcept {
  if (text.size() < width) return {};
  int value = 0;
  for (const char c : text.substr(0, width)) {
    if (!is_digit(c)) return {};
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Converts the digits after a decimal point to a fraction of a second.
MediaTime fraction_of_second(std::string_view digits) noexcept {
  constexpr std::size_t kMaxDigits = 18;
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  for (const char c : digits.substr(0, kMaxDigits)) {
    numerator = numerator * 10 + (c - '0');
    denominator *= 10;
  }
  return from_ticks(numerator, 1, denominator);
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) noexcept {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return {};
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return {};
  const auto day = take_digits(text, 2);
  if (!day) return {};
  const std::chrono::year_month_day date = std::chrono::year(*year) / *month / *day;
  if (!date.ok()) return {};
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::milliseconds> take_time_of_day(std::string_view& text) noexcept {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return {};
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return {};
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return {};

  int millis = 0;
  if (take(text, '.')) {
    int weight = 100;
    while (!text.empty() && is_digit(text.front())) {
      millis += (text.front() - '0') * weight;
      weight /= 10;
      text.remove_prefix(1);
    }
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         std::chrono::milliseconds(millis);
}

// Parses "Z", "+hh", "+hhmm", "+hh:mm" or nothing, up to the end of the text.
std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text) noexcept {
  if (text.empty() || text == "Z") return std::chrono::minutes(0);
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return {};
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return {};
  std::optional<int> minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    minutes = take_digits(text, 2);
  }
  if (!minutes || *minutes > 59 || !text.empty()) return {};
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? -offset : offset;
}

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return {};
  return value;
}

std::optional<MediaTime> parse_seconds(std::string_view text) noexcept {
  constexpr auto kMaxWhole =
      static_cast<std::uint64_t>(MediaTime::max().count() / MediaTime::period::den - 1);
  const auto point = text.find('.');
  const auto whole = parse_integer(text.substr(0, point));
  if (!whole || *whole > kMaxWhole) return {};
  const auto digits = point == text.npos ? std::string_view() : text.substr(point + 1);
  for (const char c : digits) {
    if (!is_digit(c)) return {};
  }
  return std::chrono::seconds(*whole) + fraction_of_second(digits);
}

std::optional<ProgramDateTime> parse_date_time(std::string_view text) noexcept {
  const auto day = take_date(text);
  if (!day || !take(text, 'T')) return {};
  const auto time_of_day = take_time_of_day(text);
  if (!time_of_day) return {};
  const auto offset = parse_utc_offset(text);
  if (!offset) return {};
  const ProgramDateTime time = *day + *time_of_day - *offset;
  // The offset may lead outside the years that four digits can print.
  if (time < kFirstDateTime || time >= kDateTimeEnd) return {};
  return time;
}

std::optional<ByteRange> parse_byte_range(std::string_view text,
                                          std::optional<std::uint64_t> default_offset) noexcept {
  const auto at = text.find('@');
  const auto length = parse_integer(trimmed(text.substr(0, at), kBlanks));
  const auto offset =
      at == text.npos ? default_offset : parse_integer(trimmed(text.substr(at + 1), kBlanks));
  if (!length || !offset) return {};
  if (*length > std::numeric_limits<std::uint64_t>::max() - *offset) return {};
  return ByteRange{*length, *offset};
}

}  // namespace streamkit::hls
