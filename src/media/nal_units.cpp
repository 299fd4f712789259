#include "media/nal_units.hpp"

#include <algorithm>
#include <cstring>
#include <set>

// Sources: ITU-T H.264, 7.3.1 and table 7-1; ITU-T H.265, 7.3.1 and table 7-1; ISO/IEC 14496-15,
// 5.3.3.1 and 8.3.3.1.
namespace streamkit::media {
namespace {

using View = std::span<const std::uint8_t>;

int kind_of(NalUnit unit, VideoCodec codec) {
  if (unit.empty()) return -1;
  return codec == VideoCodec::Hevc ? unit[0] >> 1 & 0x3F : unit[0] & 0x1F;
}

bool is_set(int kind, VideoCodec codec) {
  return codec == VideoCodec::Hevc ? kind >= 32 && kind <= 34 : kind == 7 || kind == 8;
}

// Returns where the next start code (000001) begins; the size if there is none.
std::size_t next_start(View bytes, std::size_t from) {
  std::size_t at = from + 2;
  while (at < bytes.size()) {
    const void* one = std::memchr(bytes.data() + at, 1, bytes.size() - at);
    if (one == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(one) - bytes.data());
    if (bytes[at - 1] == 0 && bytes[at - 2] == 0) return at - 2;
    ++at;
  }
  return bytes.size();
}

std::vector<NalUnit> by_start_codes(View picture) {
  std::vector<NalUnit> units;
  std::size_t start = next_start(picture, 0);
  while (start < picture.size()) {
    const std::size_t begin = start + 3;
    start = next_start(picture, begin);
    std::size_t end = start;
    while (end > begin && picture[end - 1] == 0) --end;  // a NAL unit never ends with zero
    if (end > begin) units.push_back(picture.subspan(begin, end - begin));
  }
  return units;
}

std::size_t number(View bytes, std::size_t at, std::size_t size) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

std::vector<NalUnit> by_lengths(View picture, std::size_t length_bytes) {
  std::vector<NalUnit> units;
  while (picture.size() > length_bytes) {
    const std::size_t length = number(picture, 0, length_bytes);
    picture = picture.subspan(length_bytes);
    if (length > picture.size()) break;
    if (length > 0) units.push_back(picture.subspan(0, length));
    picture = picture.subspan(length);
  }
  return units;
}

// Takes `count` sets with lengths of two bytes from the front of `record`.
void take_sets(View& record, std::size_t count, ParameterSets& sets) {
  while (count-- > 0 && record.size() >= 2) {
    const std::size_t length = number(record, 0, 2);
    record = record.subspan(2);
    if (length > record.size()) record = {};
    if (record.empty()) return;
    sets.emplace_back(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(length));
    record = record.subspan(length);
  }
}

ParameterSets sets_of_avcc(View record) {
  ParameterSets sets;
  record = record.subspan(5);
  for (const std::size_t mask : {0x1F, 0xFF}) {
    if (record.empty()) break;
    const std::size_t count = record[0] & mask;
    record = record.subspan(1);
    take_sets(record, count, sets);
  }
  return sets;
}

ParameterSets sets_of_hvcc(View record) {
  constexpr std::size_t kArrays = 22;
  ParameterSets sets;
  if (record.size() <= kArrays) return sets;
  std::size_t arrays = record[kArrays];
  record = record.subspan(kArrays + 1);
  while (arrays-- > 0 && record.size() >= 3) {
    const std::size_t count = number(record, 1, 2);
    record = record.subspan(3);
    take_sets(record, count, sets);
  }
  std::erase_if(sets, [](const Bytes& set) {
    return !is_set(kind_of(set, VideoCodec::Hevc), VideoCodec::Hevc);
  });
  return sets;
}

}  // namespace

std::vector<NalUnit> nal_units(View picture, NalFraming framing) {
  if (framing.length_bytes == 0) return by_start_codes(picture);
  return by_lengths(picture, static_cast<std::size_t>(framing.length_bytes));
}

std::size_t length_prefixed_bytes(const std::vector<NalUnit>& units) noexcept {
  std::size_t bytes = 0;
  for (const NalUnit unit : units) bytes += 4 + unit.size();
  return bytes;
}

std::uint8_t* put_length_prefixed(const std::vector<NalUnit>& units, std::uint8_t* to) noexcept {
  for (const NalUnit unit : units) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      *to++ = static_cast<std::uint8_t>(unit.size() >> shift);
    }
    to = std::copy(unit.begin(), unit.end(), to);
  }
  return to;
}

bool is_random_access(const std::vector<NalUnit>& picture, VideoCodec codec) noexcept {
  return std::any_of(picture.begin(), picture.end(), [codec](NalUnit unit) {
    const int kind = kind_of(unit, codec);
    return codec == VideoCodec::Hevc ? kind >= 16 && kind <= 21 : kind == 5;
  });
}

bool is_intra(const std::vector<NalUnit>& picture, VideoCodec codec) noexcept {
  if (codec == VideoCodec::Hevc) return false;
  const auto slice = std::find_if(picture.begin(), picture.end(), [codec](NalUnit unit) {
    const int kind = kind_of(unit, codec);
    return kind == 1 || kind == 2 || kind == 5;
  });
  // first_mb_in_slice is 0, a single bit; then comes slice_type, of which 2 and 7 are I.
  if (slice == picture.end() || slice->size() < 3) return false;
  const unsigned bits = static_cast<unsigned>((*slice)[1]) << 8 | (*slice)[2];
  const bool is_two = (bits >> 12 & 0xFU) == 0b1011U;        // 1, 011
  const bool is_seven = (bits >> 8 & 0xFFU) == 0b10001000U;  // 1, 0001000
  return is_two || is_seven;
}

ParameterSets sets_of_config(View config, VideoCodec codec) {
  const NalFraming framing = nal_framing(config, codec);
  if (framing.length_bytes > 0) {
    return codec == VideoCodec::Hevc ? sets_of_hvcc(config) : sets_of_avcc(config);
  }
  ParameterSets sets;
  for (const NalUnit unit : by_start_codes(config)) {
    if (is_set(kind_of(unit, codec), codec)) sets.emplace_back(unit.begin(), unit.end());
  }
  return sets;
}

ParameterSets sets_after(const ParameterSets& known, const std::vector<NalUnit>& picture,
                         VideoCodec codec) {
  ParameterSets found;
  std::set<int> kinds;
  bool is_new = false;
  for (const NalUnit unit : picture) {
    const int kind = kind_of(unit, codec);
    if (!is_set(kind, codec)) continue;
    const Bytes set(unit.begin(), unit.end());
    is_new = is_new || std::find(known.begin(), known.end(), set) == known.end();
    kinds.insert(kind);
    if (std::find(found.begin(), found.end(), set) == found.end()) found.push_back(set);
  }
  if (!is_new) return known;
  ParameterSets sets;
  for (const Bytes& set : known) {
    if (!kinds.contains(kind_of(set, codec))) sets.push_back(set);
  }
  sets.insert(sets.end(), found.begin(), found.end());
  return sets;
}

Bytes annex_b_of(const ParameterSets& sets) {
  Bytes bytes;
  for (const Bytes& set : sets) {
    bytes.insert(bytes.end(), {0, 0, 0, 1});
    bytes.insert(bytes.end(), set.begin(), set.end());
  }
  return bytes;
}

bool are_complete(const ParameterSets& sets, VideoCodec codec) noexcept {
  const auto has = [&](int kind) {
    return std::any_of(sets.begin(), sets.end(),
                       [&](const Bytes& set) { return kind_of(set, codec) == kind; });
  };
  return codec == VideoCodec::Hevc ? has(32) && has(33) && has(34) : has(7) && has(8);
}

}  // namespace streamkit::media
