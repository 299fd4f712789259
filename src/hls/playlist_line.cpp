#include "hls/playlist_line.hpp"

#include <charconv>
#include <span>

namespace streamkit::hls {

Line& Line::integer(std::uint64_t value) noexcept {
  const auto result = std::to_chars(buffer_.data() + size_, buffer_.data() + buffer_.size(), value);
  assert(result.ec == std::errc{});
  size_ = static_cast<std::size_t>(result.ptr - buffer_.data());
  return *this;
}

Line& Line::seconds(MediaTime duration, int min_decimals) noexcept {
  size_ += print_seconds(duration, min_decimals, std::span(buffer_).subspan(size_));
  return *this;
}

Line& Line::date_time(ProgramDateTime time) noexcept {
  size_ += print_utc_time(time, std::span(buffer_).subspan(size_));
  return *this;
}

Line& Line::byte_range(const ByteRange& range) noexcept {
  return integer(range.length).text("@").integer(range.offset);
}

}  // namespace streamkit::hls
