#include <algorithm>

#include "rtmp/bit_reader.hpp"
#include "rtmp/nal_units.hpp"
#include "rtmp/video_config.hpp"

namespace streamkit::rtmp {
namespace {

constexpr int kSequenceParameterSet = 7;
constexpr int kPictureParameterSet = 8;

// What of a sequence parameter set is used.
struct AvcSequence {
  VideoFormat format = {};
  ColorTags color = {};
  PixelAspect aspect = {};
  std::uint32_t chroma_format = 1;
  std::uint32_t luma_depth = 8;
  std::uint32_t chroma_depth = 8;
  bool interlaced = false;
};

Error corrupt(std::string_view what) {
  return {ErrorCode::CorruptData, "H.264 sequence header: " + std::string(what)};
}

// Source: Rec. ITU-T H.264, 7.3.2.1.1.
bool has_chroma_format(std::uint32_t profile) noexcept {
  constexpr std::uint32_t kProfiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134};
  return std::find(std::begin(kProfiles), std::end(kProfiles), profile) != std::end(kProfiles);
}

void skip_scaling_list(BitReader& bits, int size) noexcept {
  int last = 8;
  int next = 8;
  for (int i = 0; i < size && bits.ok(); ++i) {
    if (next != 0) next = (last + bits.signed_golomb() + 256) & 255;
    if (next != 0) last = next;
  }
}

void read_chroma_format(BitReader& bits, AvcSequence& sequence) noexcept {
  sequence.chroma_format = bits.unsigned_golomb();
  if (sequence.chroma_format == 3) bits.flag();
  sequence.luma_depth = 8 + bits.unsigned_golomb();
  sequence.chroma_depth = 8 + bits.unsigned_golomb();
  bits.flag();
  if (!bits.flag()) return;
  const int lists = sequence.chroma_format == 3 ? 12 : 8;
  for (int i = 0; i < lists; ++i) {
    if (bits.flag()) skip_scaling_list(bits, i < 6 ? 16 : 64);
  }
}

void skip_frame_order(BitReader& bits) noexcept {
  bits.unsigned_golomb();
  const std::uint32_t type = bits.unsigned_golomb();
  if (type == 0) bits.unsigned_golomb();
  if (type == 1) {
    bits.flag();
    bits.signed_golomb();
    bits.signed_golomb();
    for (std::uint32_t left = bits.unsigned_golomb(); left > 0 && bits.ok(); --left) {
      bits.signed_golomb();
    }
  }
  bits.unsigned_golomb();
  bits.flag();
}

// Source: Rec. ITU-T H.264, table E-1.
PixelAspect known_aspect(std::uint32_t code) noexcept {
  constexpr PixelAspect kAspects[] = {{0, 1},   {1, 1},    {12, 11}, {10, 11}, {16, 11}, {40, 33},
                                      {24, 11}, {20, 11},  {32, 11}, {80, 33}, {18, 11}, {15, 11},
                                      {64, 33}, {160, 99}, {4, 3},   {3, 2},   {2, 1}};
  return code < std::size(kAspects) ? kAspects[code] : PixelAspect{};
}

// Source: Rec. ITU-T H.264, E.1.1.
void read_usability(BitReader& bits, AvcSequence& sequence) noexcept {
  if (bits.flag()) {
    const std::uint32_t code = bits.bits(8);
    sequence.aspect = known_aspect(code);
    if (code == 255) {
      const auto num = static_cast<int>(bits.bits(16));
      const auto den = static_cast<int>(bits.bits(16));
      if (num > 0 && den > 0) sequence.aspect = {num, den};
    }
  }
  if (bits.flag()) bits.flag();
  if (bits.flag()) {
    bits.bits(3);
    sequence.color.range = bits.flag() ? ColorRange::Full : ColorRange::Limited;
    if (bits.flag()) {
      sequence.color.primaries = static_cast<int>(bits.bits(8));
      sequence.color.transfer = static_cast<int>(bits.bits(8));
      sequence.color.matrix = static_cast<int>(bits.bits(8));
    }
  }
  if (bits.flag()) {
    bits.unsigned_golomb();
    bits.unsigned_golomb();
  }
  if (!bits.flag()) return;
  // A tick is the time of a field.
  const std::uint64_t num = bits.bits(32);
  const std::uint64_t den = bits.bits(32);
  if (num == 0 || den == 0 || 2 * num > 1'000'000 || den > 1'000'000'000) return;
  std::uint64_t ticks = 2 * num;
  std::uint64_t scale = den;
  while (scale > 1'000'000 && ticks % 10 == 0 && scale % 10 == 0) {
    ticks /= 10;
    scale /= 10;
  }
  if (scale > 1'000'000) return;
  sequence.format.frame_rate = {static_cast<std::int32_t>(scale), static_cast<std::int32_t>(ticks)};
}

bool read_size(BitReader& bits, AvcSequence& sequence) noexcept {
  const std::uint64_t columns = std::uint64_t{bits.unsigned_golomb()} + 1;
  const std::uint64_t rows = std::uint64_t{bits.unsigned_golomb()} + 1;
  const bool frames_only = bits.flag();
  if (!frames_only) bits.flag();
  bits.flag();
  std::uint64_t crop[4] = {};
  if (bits.flag()) {
    for (auto& edge : crop) edge = bits.unsigned_golomb();
  }
  sequence.interlaced = !frames_only;
  const std::uint64_t fields = frames_only ? 1 : 2;
  const std::uint64_t crop_x = sequence.chroma_format == 1 || sequence.chroma_format == 2 ? 2 : 1;
  const std::uint64_t crop_y = (sequence.chroma_format == 1 ? 2 : 1) * fields;
  const std::uint64_t width = columns * 16;
  const std::uint64_t height = rows * 16 * fields;
  const std::uint64_t hidden_x = (crop[0] + crop[1]) * crop_x;
  const std::uint64_t hidden_y = (crop[2] + crop[3]) * crop_y;
  constexpr std::uint64_t kMaxSide = 16'384;
  if (!bits.ok() || width > kMaxSide || height > kMaxSide) return false;
  if (hidden_x >= width || hidden_y >= height) return false;
  sequence.format.width_px = static_cast<int>(width - hidden_x);
  sequence.format.height_px = static_cast<int>(height - hidden_y);
  return true;
}

std::optional<AvcSequence> parse_sequence(ByteView unit) {
  const Bytes bytes = without_emulation_prevention(unit);
  BitReader bits(bytes);
  AvcSequence sequence;
  sequence.format.frame_rate = {0, 1};
  bits.skip(8);
  const std::uint32_t profile = bits.bits(8);
  bits.skip(16);
  bits.unsigned_golomb();
  if (has_chroma_format(profile)) read_chroma_format(bits, sequence);
  skip_frame_order(bits);
  if (!read_size(bits, sequence)) return {};
  if (sequence.luma_depth > 8) sequence.format.pixel_format = PixelFormat::I420P10;
  // Damage after here only costs what it would have stated.
  if (bits.flag()) read_usability(bits, sequence);
  return sequence;
}

Result<void> describe(VideoConfig& config, AvcSequence& sequence) {
  const auto first =
      std::find_if(config.parameter_sets.begin(), config.parameter_sets.end(),
                   [](const Bytes& set) { return avc_unit_type(set) == kSequenceParameterSet; });
  const bool has_picture_set =
      std::any_of(config.parameter_sets.begin(), config.parameter_sets.end(),
                  [](const Bytes& set) { return avc_unit_type(set) == kPictureParameterSet; });
  if (first == config.parameter_sets.end() || first->size() < 4 || !has_picture_set) {
    return corrupt("a parameter set is missing");
  }
  const auto parsed = parse_sequence(*first);
  if (!parsed) return corrupt("the sequence parameter set is damaged");
  sequence = *parsed;
  config.codec = VideoCodec::H264;
  config.format = sequence.format;
  config.color = sequence.color;
  config.pixel_aspect = sequence.aspect;
  config.interlaced = sequence.interlaced;
  return {};
}

void append_sets(Bytes& record, const std::vector<Bytes>& sets, int type, std::uint8_t mark) {
  const auto count = std::count_if(sets.begin(), sets.end(),
                                   [&](const Bytes& set) { return avc_unit_type(set) == type; });
  record.push_back(static_cast<std::uint8_t>(mark | count));
  for (const Bytes& set : sets) {
    if (avc_unit_type(set) != type) continue;
    append_number(record, set.size(), 2);
    append_bytes(record, set);
  }
}

}  // namespace

int avc_unit_type(ByteView unit) noexcept { return unit.front() & 0x1F; }

// Source: ISO/IEC 14496-15, 5.3.3.1.2.
Result<VideoConfig> read_avc_config(ByteView record) {
  WireReader reader(record);
  const std::uint8_t version = reader.u8();
  reader.bytes(3);
  const int length_bytes = (reader.u8() & 3) + 1;
  if (version != 1) return corrupt("unknown version");
  VideoConfig config;
  config.length_bytes = length_bytes;
  for (const std::uint8_t mask : {0x1F, 0xFF}) {
    for (int left = reader.u8() & mask; left > 0; --left) {
      const ByteView set = reader.bytes(reader.u16());
      if (!set.empty()) config.parameter_sets.emplace_back(set.begin(), set.end());
    }
  }
  if (!reader.ok()) return corrupt("it ends early");
  AvcSequence sequence;
  if (auto described = describe(config, sequence); !described) return described.error();
  config.record.assign(record.begin(), record.end());
  config.record[4] |= 3;
  return config;
}

Result<VideoConfig> make_avc_config(std::vector<Bytes> sets) {
  VideoConfig config;
  config.parameter_sets = std::move(sets);
  AvcSequence sequence;
  if (auto described = describe(config, sequence); !described) return described.error();
  const auto& first =
      *std::find_if(config.parameter_sets.begin(), config.parameter_sets.end(),
                    [](const Bytes& set) { return avc_unit_type(set) == kSequenceParameterSet; });
  config.record = {1, first[1], first[2], first[3], 0xFF};
  append_sets(config.record, config.parameter_sets, kSequenceParameterSet, 0xE0);
  append_sets(config.record, config.parameter_sets, kPictureParameterSet, 0);
  if (has_chroma_format(first[1])) {
    config.record.push_back(static_cast<std::uint8_t>(0xFC | sequence.chroma_format));
    config.record.push_back(static_cast<std::uint8_t>(0xF8 | (sequence.luma_depth - 8)));
    config.record.push_back(static_cast<std::uint8_t>(0xF8 | (sequence.chroma_depth - 8)));
    config.record.push_back(0);
  }
  return config;
}

}  // namespace streamkit::rtmp
