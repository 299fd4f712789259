#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <streamkit/core/media_time.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <string_view>

namespace streamkit::hls {

// Composes a line of literals and numbers on the stack: appending to a string once per segment
// instead of once per field makes long playlists fast.
class Line {
 public:
  explicit Line(std::string_view literal) { text(literal); }

  Line& text(std::string_view literal) noexcept {
    assert(literal.size() <= buffer_.size() - size_);
    std::memcpy(buffer_.data() + size_, literal.data(), literal.size());
    size_ += literal.size();
    return *this;
  }
  Line& integer(std::uint64_t value) noexcept;
  // Appends the decimals that the value needs, from `min_decimals` up to nine.
  Line& seconds(MediaTime duration, int min_decimals) noexcept;
  // "2026-01-31T23:59:59.000Z"
  Line& date_time(ProgramDateTime time) noexcept;
  // "length@offset"
  Line& byte_range(const ByteRange& range) noexcept;

  void clear() noexcept { size_ = 0; }
  operator std::string_view() const noexcept { return {buffer_.data(), size_}; }

 private:
  // Room for EXTINF and a byte range of the largest numbers: 99 characters.
  std::array<char, 128> buffer_;
  std::size_t size_ = 0;
};

}  // namespace streamkit::hls
