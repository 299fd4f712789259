#include <cassert>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <streamkit/core/time_text.hpp>

namespace streamkit {
namespace {

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

std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return {};
  return value;
}

// Writes from left to right into memory that is large enough.
class Printer {
 public:
  explicit Printer(std::span<char> out) : out_(out) { assert(out.size() >= kMaxTimeText); }

  void text(char c) noexcept { out_[size_++] = c; }
  void integer(std::uint64_t value) noexcept {
    const auto result = std::to_chars(out_.data() + size_, out_.data() + out_.size(), value);
    assert(result.ec == std::errc{});
    size_ = static_cast<std::size_t>(result.ptr - out_.data());
  }
  // Writes `value` with leading zeros, exactly `width` digits.
  void padded(std::uint64_t value, std::size_t width) noexcept {
    for (std::size_t i = width; i > 0; value /= 10) {
      out_[size_ + --i] = static_cast<char>('0' + value % 10);
    }
    size_ += width;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

}  // namespace

std::optional<MediaTime> parse_seconds(std::string_view text) noexcept {
  constexpr auto kMaxWhole =
      static_cast<std::uint64_t>(MediaTime::max().count() / MediaTime::period::den - 1);
  const auto point = text.find('.');
  const auto whole = parse_digits(text.substr(0, point));
  if (!whole || *whole > kMaxWhole) return {};
  const auto digits = point == text.npos ? std::string_view() : text.substr(point + 1);
  for (const char c : digits) {
    if (!is_digit(c)) return {};
  }
  return std::chrono::seconds(*whole) + fraction_of_second(digits);
}

std::size_t print_seconds(MediaTime time, int min_decimals, std::span<char> out) noexcept {
  assert(time >= MediaTime{0});
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  // At most 999,999,999: the last flick of a second rounds down.
  auto decimals = std::chrono::round<std::chrono::nanoseconds>(time - whole).count();

  Printer printer(out);
  printer.integer(static_cast<std::uint64_t>(whole.count()));
  int width = 9;
  while (width > min_decimals && decimals % 10 == 0) {
    decimals /= 10;
    --width;
  }
  if (width == 0) return printer.size();
  printer.text('.');
  printer.padded(static_cast<std::uint64_t>(decimals), static_cast<std::size_t>(width));
  return printer.size();
}

std::optional<UtcTime> parse_utc_time(std::string_view text) noexcept {
  const auto day = take_date(text);
  if (!day || !take(text, 'T')) return {};
  const auto time_of_day = take_time_of_day(text);
  if (!time_of_day) return {};
  const auto offset = parse_utc_offset(text);
  if (!offset) return {};
  const UtcTime time = *day + *time_of_day - *offset;
  // The offset may lead outside the years that four digits can print.
  if (time < kFirstUtcTime || time >= kUtcTimeEnd) return {};
  return time;
}

std::size_t print_utc_time(UtcTime time, std::span<char> out) noexcept {
  assert(time >= kFirstUtcTime && time < kUtcTimeEnd);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  Printer printer(out);
  const auto field = [&](std::int64_t value, std::size_t width, char after) {
    printer.padded(static_cast<std::uint64_t>(value), width);
    printer.text(after);
  };
  field(static_cast<int>(date.year()), 4, '-');
  field(static_cast<unsigned>(date.month()), 2, '-');
  field(static_cast<unsigned>(date.day()), 2, 'T');
  field(clock.hours().count(), 2, ':');
  field(clock.minutes().count(), 2, ':');
  field(clock.seconds().count(), 2, '.');
  field(clock.subseconds().count(), 3, 'Z');
  return printer.size();
}

}  // namespace streamkit
