#include "hls/playlist_line.hpp"

#include <charconv>

#include "hls/calendar.hpp"

namespace streamkit::hls {

Line& Line::integer(std::uint64_t value) noexcept {
  const auto result = std::to_chars(buffer_.data() + size_, buffer_.data() + buffer_.size(), value);
  assert(result.ec == std::errc{});
  size_ = static_cast<std::size_t>(result.ptr - buffer_.data());
  return *this;
}

void Line::padded(std::uint64_t value, std::size_t width) noexcept {
  assert(width <= buffer_.size() - size_);
  for (std::size_t i = width; i > 0; value /= 10) {
    buffer_[size_ + --i] = static_cast<char>('0' + value % 10);
  }
  size_ += width;
}

Line& Line::seconds(MediaTime duration, int min_decimals) noexcept {
  assert(duration >= MediaTime{0});
  const auto whole = std::chrono::floor<std::chrono::seconds>(duration);
  // At most 999,999,999: the last flick of a second rounds down.
  auto decimals = std::chrono::round<std::chrono::nanoseconds>(duration - whole).count();

  integer(static_cast<std::uint64_t>(whole.count()));
  int width = 9;
  while (width > min_decimals && decimals % 10 == 0) {
    decimals /= 10;
    --width;
  }
  if (width == 0) return *this;
  text(".");
  padded(static_cast<std::uint64_t>(decimals), static_cast<std::size_t>(width));
  return *this;
}

Line& Line::date_time(ProgramDateTime time) noexcept {
  constexpr std::int64_t kMillisPerDay = 86'400'000;
  const std::int64_t millis = time.time_since_epoch().count() + kDaysBeforeEpoch * kMillisPerDay;
  assert(millis >= 0 && millis < kDaysInAll * kMillisPerDay);
  const std::int64_t days = millis / kMillisPerDay;
  const std::int64_t rest = millis % kMillisPerDay;

  // 400 years have 146,097 days; the estimate is at most one year off.
  std::int64_t year = days * 400 / 146'097;
  if (days_before_year(year) > days) --year;
  if (days_before_year(year + 1) <= days) ++year;
  const std::int64_t day_of_year = days - days_before_year(year);
  int month = 1;
  while (days_before_month(year, month + 1) <= day_of_year) ++month;

  const auto field = [&](std::int64_t value, std::size_t width, std::string_view after) {
    padded(static_cast<std::uint64_t>(value), width);
    text(after);
  };
  field(year, 4, "-");
  field(month, 2, "-");
  field(day_of_year - days_before_month(year, month) + 1, 2, "T");
  field(rest / 3'600'000, 2, ":");
  field(rest / 60'000 % 60, 2, ":");
  field(rest / 1'000 % 60, 2, ".");
  field(rest % 1'000, 3, "Z");
  return *this;
}

Line& Line::byte_range(const ByteRange& range) noexcept {
  return integer(range.length).text("@").integer(range.offset);
}

}  // namespace streamkit::hls
