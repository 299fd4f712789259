#include "media/sequence_header.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "media/bit_reader.hpp"

namespace streamkit::media {
namespace {

constexpr std::array<PixelAspect, 17> kAspects = {{{0, 1},
                                                   {1, 1},
                                                   {12, 11},
                                                   {10, 11},
                                                   {16, 11},
                                                   {40, 33},
                                                   {24, 11},
                                                   {20, 11},
                                                   {32, 11},
                                                   {80, 33},
                                                   {18, 11},
                                                   {15, 11},
                                                   {64, 33},
                                                   {160, 99},
                                                   {4, 3},
                                                   {3, 2},
                                                   {2, 1}}};

void read_aspect(BitReader& in, SequenceHeader& header) {
  constexpr std::uint32_t kExtended = 255;
  if (!in.flag()) return;
  const std::uint32_t index = in.bits(8);
  if (index < kAspects.size()) header.pixel_aspect = kAspects[index];
  if (index != kExtended) return;
  header.pixel_aspect.num = static_cast<int>(in.bits(16));
  header.pixel_aspect.den = static_cast<int>(in.bits(16));
}

// Code points that are not assigned count as not stated. Source: ITU-T H.273, 8.1 to 8.3.
int code_point(std::uint32_t value, std::uint32_t last) {
  constexpr int kUnspecified = 2;
  return value <= last ? static_cast<int>(value) : kUnspecified;
}

// The part of the video usability information that both codecs begin with.
void read_aspect_and_color(BitReader& in, SequenceHeader& header) {
  read_aspect(in, header);
  if (in.flag()) in.skip(1);  // overscan
  if (!in.flag()) return;
  in.skip(3);  // video format
  header.color.range = in.flag() ? ColorRange::Full : ColorRange::Limited;
  if (!in.flag()) return;
  header.color.primaries = code_point(in.bits(8), 22);
  header.color.transfer = code_point(in.bits(8), 18);
  header.color.matrix = code_point(in.bits(8), 14);
}

void read_timing(BitReader& in, SequenceHeader& header, std::uint32_t ticks_per_frame) {
  constexpr std::uint32_t kMost = 1'000'000'000;
  const std::uint32_t units = in.bits(32);
  const std::uint32_t scale = in.bits(32);
  if (!in.ok() || units == 0 || scale == 0 || units > kMost || scale > kMost) return;
  std::int64_t num = scale;
  std::int64_t den = std::int64_t{units} * ticks_per_frame;
  const std::int64_t common = std::max<std::int64_t>(1, std::gcd(num, den));
  num /= common;
  den /= common;
  if (num > 1'000'000 || den > 1'000'000) return;
  header.frame_rate = {static_cast<std::int32_t>(num), static_cast<std::int32_t>(den)};
}

struct Crop {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  std::uint32_t top = 0;
  std::uint32_t bottom = 0;
};

Crop read_crop(BitReader& in) {
  Crop crop;
  crop.left = in.number();
  crop.right = in.number();
  crop.top = in.number();
  crop.bottom = in.number();
  return crop;
}

bool set_size(SequenceHeader& header, std::uint64_t width, std::uint64_t height, const Crop& crop,
              std::uint64_t unit_x, std::uint64_t unit_y) {
  constexpr std::uint64_t kMost = 16384;
  const std::uint64_t off_x = (std::uint64_t{crop.left} + crop.right) * unit_x;
  const std::uint64_t off_y = (std::uint64_t{crop.top} + crop.bottom) * unit_y;
  if (width > kMost || height > kMost || off_x >= width || off_y >= height) return false;
  header.width_px = static_cast<int>(width - off_x);
  header.height_px = static_cast<int>(height - off_y);
  return true;
}

void skip_scaling_list(BitReader& in, int size) {
  std::int64_t last = 8;
  std::int64_t next = 8;
  for (int i = 0; i < size && in.ok(); ++i) {
    if (next != 0) {
      const std::uint32_t code = in.number();
      const std::int64_t delta =
          (code & 1) != 0 ? (std::int64_t{code} + 1) / 2 : -(std::int64_t{code} / 2);
      next = (last + delta + 256) % 256;
    }
    if (next != 0) last = next;
  }
}

// Returns false if the numbers are impossible.
bool read_depths(BitReader& in, SequenceHeader& header) {
  const std::uint32_t luma = in.number();
  const std::uint32_t chroma = in.number();
  if (luma > 8 || chroma > 8 || !in.ok()) return false;
  header.luma_bits = static_cast<int>(luma) + 8;
  header.chroma_bits = static_cast<int>(chroma) + 8;
  return true;
}

// Returns chroma_format_idc.
std::uint32_t read_high_profile(BitReader& in, SequenceHeader& header) {
  const std::uint32_t chroma = in.number();
  if (chroma == 3) in.skip(1);
  if (!read_depths(in, header) || chroma > 3) return in.fail();
  header.chroma_format = static_cast<int>(chroma);
  in.skip(1);
  if (!in.flag()) return chroma;
  const int lists = chroma == 3 ? 12 : 8;
  for (int i = 0; i < lists && in.ok(); ++i) {
    if (in.flag()) skip_scaling_list(in, i < 6 ? 16 : 64);
  }
  return chroma;
}

bool is_high_profile(std::uint32_t profile) {
  constexpr std::array<std::uint32_t, 13> kHigh = {100, 110, 122, 244, 44,  83, 86,
                                                   118, 128, 138, 139, 134, 135};
  return std::find(kHigh.begin(), kHigh.end(), profile) != kHigh.end();
}

void skip_order_count(BitReader& in) {
  const std::uint32_t type = in.number();
  if (type == 0) in.number();
  if (type != 1) return;
  in.skip(1);
  in.skip_signed();
  in.skip_signed();
  const std::uint32_t cycle = in.number();
  for (std::uint32_t i = 0; i < cycle && i < 256 && in.ok(); ++i) in.skip_signed();
}

std::optional<SequenceHeader> read_h264(NalUnit unit) {
  BitReader in(unit);
  SequenceHeader header;
  in.skip(8);
  const std::uint32_t profile = in.bits(8);
  in.skip(16);
  in.number();
  const std::uint32_t chroma = is_high_profile(profile) ? read_high_profile(in, header) : 1;
  in.number();  // log2_max_frame_num_minus4
  skip_order_count(in);
  in.number();  // max_num_ref_frames
  in.skip(1);
  const std::uint64_t width = (std::uint64_t{in.number()} + 1) * 16;
  const std::uint64_t map_units = std::uint64_t{in.number()} + 1;
  const bool frames_only = in.flag();
  if (!frames_only) in.skip(1);
  in.skip(1);
  const Crop crop = in.flag() ? read_crop(in) : Crop{};
  const std::uint64_t fields = frames_only ? 1 : 2;
  const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
  const std::uint64_t unit_y = (chroma == 1 ? 2 : 1) * fields;
  if (!in.ok() || !set_size(header, width, map_units * 16 * fields, crop, unit_x, unit_y))
    return {};
  if (!in.flag()) return header;
  read_aspect_and_color(in, header);
  if (in.flag()) {  // chroma location
    in.number();
    in.number();
  }
  if (in.flag()) read_timing(in, header, 2);
  return header;
}

void skip_profile_tier_level(BitReader& in, std::uint32_t sub_layers) {
  in.skip(88);
  in.skip(8);
  std::array<bool, 8> has_profile{};
  std::array<bool, 8> has_level{};
  for (std::uint32_t i = 0; i < sub_layers; ++i) {
    has_profile[i] = in.flag();
    has_level[i] = in.flag();
  }
  for (std::uint32_t i = sub_layers; sub_layers > 0 && i < 8; ++i) in.skip(2);
  for (std::uint32_t i = 0; i < sub_layers; ++i) {
    if (has_profile[i]) in.skip(88);
    if (has_level[i]) in.skip(8);
  }
}

void skip_hevc_scaling_lists(BitReader& in) {
  for (int size = 0; size < 4; ++size) {
    for (int matrix = 0; matrix < 6 && in.ok(); matrix += size == 3 ? 3 : 1) {
      if (!in.flag()) {
        in.number();
        continue;
      }
      const int count = std::min(64, 1 << (4 + (size << 1)));
      if (size > 1) in.skip_signed();
      for (int i = 0; i < count && in.ok(); ++i) in.skip_signed();
    }
  }
}

// Returns false if the sets are damaged.
bool skip_reference_sets(BitReader& in) {
  const std::uint32_t count = in.number();
  if (count > 64) return false;
  std::array<std::uint32_t, 65> pictures{};
  for (std::uint32_t set = 0; set < count && in.ok(); ++set) {
    if (set > 0 && in.flag()) {  // predicted from the one before
      in.skip(1);
      in.number();
      std::uint32_t kept = 0;
      for (std::uint32_t i = 0; i <= pictures[set - 1]; ++i) {
        const bool used = in.flag();
        if (used || in.flag()) ++kept;
      }
      pictures[set] = kept;
      continue;
    }
    const std::uint32_t negative = in.number();
    const std::uint32_t positive = in.number();
    if (negative > 16 || positive > 16) return false;
    pictures[set] = negative + positive;
    for (std::uint32_t i = 0; i < pictures[set]; ++i) {
      in.number();
      in.skip(1);
    }
  }
  return in.ok();
}

bool skip_to_usability(BitReader& in, std::uint32_t sub_layers) {
  const std::uint32_t order_bits = in.number() + 4;
  for (std::uint32_t i = in.flag() ? 0 : sub_layers; i <= sub_layers; ++i) {
    in.number();
    in.number();
    in.number();
  }
  for (int i = 0; i < 6; ++i) in.number();  // block sizes and depths
  if (in.flag() && in.flag()) skip_hevc_scaling_lists(in);
  in.skip(2);
  if (in.flag()) {  // PCM
    in.skip(8);
    in.number();
    in.number();
    in.skip(1);
  }
  if (order_bits > 16 || !skip_reference_sets(in)) return false;
  if (in.flag()) {
    const std::uint32_t count = in.number();
    if (count > 32) return false;
    in.skip(static_cast<int>(count * (order_bits + 1)));
  }
  in.skip(2);
  return in.ok();
}

std::optional<SequenceHeader> read_hevc(NalUnit unit) {
  BitReader in(unit);
  SequenceHeader header;
  in.skip(16 + 4);
  const std::uint32_t sub_layers = in.bits(3);
  in.skip(1);
  skip_profile_tier_level(in, sub_layers);
  in.number();
  const std::uint32_t chroma = in.number();
  if (chroma == 3) in.skip(1);
  const std::uint64_t width = in.number();
  const std::uint64_t height = in.number();
  const Crop crop = in.flag() ? read_crop(in) : Crop{};
  const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
  const std::uint64_t unit_y = chroma == 1 ? 2 : 1;
  if (!in.ok() || !set_size(header, width, height, crop, unit_x, unit_y)) return {};
  if (chroma > 3 || !read_depths(in, header)) return {};
  header.chroma_format = static_cast<int>(chroma);
  if (!skip_to_usability(in, sub_layers) || !in.flag()) return header;
  read_aspect_and_color(in, header);
  if (in.flag()) {  // chroma location
    in.number();
    in.number();
  }
  in.skip(3);
  if (in.flag()) read_crop(in);  // the default display window
  if (in.flag()) read_timing(in, header, 1);
  return header;
}

}  // namespace

std::optional<SequenceHeader> read_sequence_header(const ParameterSets& sets, VideoCodec codec) {
  for (const Bytes& set : sets) {
    if (set.size() < 4 || set.size() > 0xFFFF) continue;
    if (codec == VideoCodec::H264 && (set[0] & 0x1F) == 7) return read_h264(set);
    if (codec == VideoCodec::Hevc && (set[0] >> 1 & 0x3F) == 33) return read_hevc(set);
  }
  return {};
}

int shown_width_px(int width_px, PixelAspect aspect) noexcept {
  constexpr int kMost = 1 << 15;
  if (aspect.num <= 0 || aspect.den <= 0 || aspect.num > kMost || aspect.den > kMost) {
    return width_px;
  }
  const std::int64_t shown = std::int64_t{width_px} * aspect.num / aspect.den;
  return static_cast<int>(std::clamp<std::int64_t>(shown, 2, 65'534));
}

void apply(const SequenceHeader& header, VideoTrack& track) {
  if (track.pixel_aspect.num <= 0) track.pixel_aspect = header.pixel_aspect;
  track.format.width_px = header.width_px;
  track.format.height_px = header.height_px;
  ColorTags& color = track.coded_color;
  if (color.primaries == 2) color.primaries = header.color.primaries;
  if (color.transfer == 2) color.transfer = header.color.transfer;
  if (color.matrix == 2) color.matrix = header.color.matrix;
  if (!color.range) color.range = header.color.range;
}

}  // namespace streamkit::media
