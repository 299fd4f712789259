#include "media/annex_b.hpp"

namespace streamkit::media {
namespace {

using View = std::span<const std::uint8_t>;

int nal_type(std::uint8_t header, VideoCodec codec) {
  return codec == VideoCodec::Hevc ? header >> 1 & 0x3F : header & 0x1F;
}

bool is_slice(int type, VideoCodec codec) {
  return codec == VideoCodec::Hevc ? type < 32 : type >= 1 && type <= 5;
}

// Sources: ITU-T H.264, table 7-1; ITU-T H.265, table 7-1.
bool is_parameter_set(int type, VideoCodec codec) {
  return codec == VideoCodec::Hevc ? type >= 32 && type <= 34 : type == 7 || type == 8;
}

bool is_delimiter(int type, VideoCodec codec) {
  return type == (codec == VideoCodec::Hevc ? 35 : 9);
}

// Returns where the next start code begins, without its leading zero; the size if there is none.
std::size_t next_start(View bytes, std::size_t from) {
  for (std::size_t i = from; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
  }
  return bytes.size();
}

// Returns where the start code at `at` begins with its leading zero, if it has one.
std::size_t with_zero(View bytes, std::size_t at) {
  return at > 0 && at < bytes.size() && bytes[at - 1] == 0 ? at - 1 : at;
}

}  // namespace

bool is_idr(View picture, VideoCodec codec) {
  for (std::size_t at = next_start(picture, 0); at < picture.size();
       at = next_start(picture, at + 3)) {
    const int type = nal_type(picture[at + 3], codec);
    if (!is_slice(type, codec)) continue;
    return codec == VideoCodec::Hevc ? type == 19 || type == 20 : type == 5;
  }
  return false;
}

Bytes parameter_sets(View picture, VideoCodec codec) {
  Bytes sets;
  for (std::size_t at = next_start(picture, 0); at < picture.size();) {
    const int type = nal_type(picture[at + 3], codec);
    if (is_slice(type, codec)) break;
    const std::size_t next = next_start(picture, at + 3);
    if (is_parameter_set(type, codec)) {
      sets.push_back(0);
      const View set = picture.subspan(at, with_zero(picture, next) - at);
      sets.insert(sets.end(), set.begin(), set.end());
    }
    at = next;
  }
  return sets;
}

void put_parameter_sets(Bytes& picture, const Bytes& sets, VideoCodec codec) {
  std::size_t at = next_start(picture, 0);
  while (at < picture.size() && is_delimiter(nal_type(picture[at + 3], codec), codec)) {
    at = next_start(picture, at + 3);
  }
  at = with_zero(picture, at);
  picture.insert(picture.begin() + static_cast<std::ptrdiff_t>(at), sets.begin(), sets.end());
}

}  // namespace streamkit::media
