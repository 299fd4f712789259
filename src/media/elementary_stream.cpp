#include "media/elementary_stream.hpp"

#include <algorithm>

#include "media/nal_units.hpp"

namespace streamkit::media {
namespace {

using View = std::span<const std::uint8_t>;

constexpr std::size_t kHeaderBytes = 7;

bool is_delimiter(NalUnit unit, VideoCodec codec) {
  if (codec == VideoCodec::Hevc) return (unit[0] >> 1 & 0x3F) == 35;
  return (unit[0] & 0x1F) == 9;
}

bool is_header(View bytes) { return bytes[0] == 0xFF && (bytes[1] & 0xF6) == 0xF0; }

std::size_t frame_length(View header) {
  return (std::size_t{header[3]} & 3U) << 11 | std::size_t{header[4]} << 3 | header[5] >> 5;
}

}  // namespace

std::vector<View> split_pictures(View bytes, VideoCodec codec) {
  std::vector<std::size_t> starts;
  for (const NalUnit unit : nal_units(bytes, {0, codec})) {
    if (!is_delimiter(unit, codec)) continue;
    std::size_t start = static_cast<std::size_t>(unit.data() - bytes.data()) - 3;
    if (start > 0 && bytes[start - 1] == 0) --start;
    starts.push_back(start);
  }
  if (starts.size() < 2) return {bytes};
  starts.front() = 0;
  std::vector<View> pictures;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : bytes.size();
    pictures.push_back(bytes.subspan(starts[i], end - starts[i]));
  }
  return pictures;
}

std::vector<Bytes> AdtsSplitter::push(View bytes) {
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
  std::vector<Bytes> frames;
  View left = rest_;
  while (left.size() >= kHeaderBytes) {
    const std::size_t length = is_header(left) ? frame_length(left) : 0;
    if (length < kHeaderBytes) {
      damaged_ = true;
      left = left.subspan(1);
      continue;
    }
    if (length > left.size()) break;
    frames.emplace_back(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(length));
    left = left.subspan(length);
  }
  rest_ = Bytes(left.begin(), left.end());
  return frames;
}

}  // namespace streamkit::media
