#include "hls/playlist_line.hpp"

#include <charconv>

#include "hls/playlist_values.hpp"

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
  assert(time >= kFirstDateTime && time < kDateTimeEnd);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto field = [&](std::int64_t value, std::size_t width, std::string_view after) {
    padded(static_cast<std::uint64_t>(value), width);
    text(after);
  };
  field(static_cast<int>(date.year()), 4, "-");
  field(static_cast<unsigned>(date.month()), 2, "-");
  field(static_cast<unsigned>(date.day()), 2, "T");
  field(clock.hours().count(), 2, ":");
  field(clock.minutes().count(), 2, ":");
  field(clock.seconds().count(), 2, ".");
  field(clock.subseconds().count(), 3, "Z");
  return *this;
}

Line& Line::byte_range(const ByteRange& range) noexcept {
  return integer(range.length).text("@").integer(range.offset);
}

}  // namespace streamkit::hls
