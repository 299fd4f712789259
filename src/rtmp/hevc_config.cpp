#include <algorithm>

#include "rtmp/bit_reader.hpp"
#include "rtmp/nal_units.hpp"
#include "rtmp/video_config.hpp"

namespace streamkit::rtmp {
namespace {

// Source: Rec. ITU-T H.265, table 7-1.
constexpr int kVideoParameterSet = 32;
constexpr int kSequenceParameterSet = 33;
constexpr int kPictureParameterSet = 34;
// general_profile_space to general_level_idc, as in the parameter set and in hvcC.
constexpr std::size_t kProfileBytes = 12;

// What of a sequence parameter set is used.
struct HevcSequence {
  VideoFormat format = {};
  Bytes profile;
  std::uint32_t chroma_format = 1;
  std::uint32_t luma_depth = 8;
  std::uint32_t chroma_depth = 8;
  std::uint32_t temporal_layers = 1;
  bool temporal_nesting = true;
};

Error corrupt(std::string_view what) {
  return {ErrorCode::CorruptData, "HEVC sequence header: " + std::string(what)};
}

// Source: Rec. ITU-T H.265, 7.3.3.
void skip_profiles(BitReader& bits, std::uint32_t sub_layers) noexcept {
  bits.skip(8 * kProfileBytes);
  bool has_profile[8] = {};
  bool has_level[8] = {};
  for (std::uint32_t i = 0; i < sub_layers; ++i) {
    has_profile[i] = bits.flag();
    has_level[i] = bits.flag();
  }
  if (sub_layers > 0) bits.skip(2 * (8 - sub_layers));
  for (std::uint32_t i = 0; i < sub_layers; ++i) {
    if (has_profile[i]) bits.skip(88);
    if (has_level[i]) bits.skip(8);
  }
}

bool read_size(BitReader& bits, HevcSequence& sequence) noexcept {
  const std::uint64_t width = bits.unsigned_golomb();
  const std::uint64_t height = bits.unsigned_golomb();
  std::uint64_t crop[4] = {};
  if (bits.flag()) {
    for (auto& edge : crop) edge = bits.unsigned_golomb();
  }
  const std::uint64_t unit_x = sequence.chroma_format == 1 || sequence.chroma_format == 2 ? 2 : 1;
  const std::uint64_t unit_y = sequence.chroma_format == 1 ? 2 : 1;
  const std::uint64_t hidden_x = (crop[0] + crop[1]) * unit_x;
  const std::uint64_t hidden_y = (crop[2] + crop[3]) * unit_y;
  constexpr std::uint64_t kMaxSide = 16'384;
  if (width > kMaxSide || height > kMaxSide || hidden_x >= width || hidden_y >= height) {
    return false;
  }
  sequence.format.width_px = static_cast<int>(width - hidden_x);
  sequence.format.height_px = static_cast<int>(height - hidden_y);
  return true;
}

// Source: Rec. ITU-T H.265, 7.3.2.2.1.
std::optional<HevcSequence> parse_sequence(ByteView unit) {
  const Bytes bytes = without_emulation_prevention(unit);
  if (bytes.size() < 3 + kProfileBytes) return {};
  HevcSequence sequence;
  sequence.format.frame_rate = {0, 1};
  sequence.profile.assign(bytes.begin() + 3, bytes.begin() + 3 + kProfileBytes);
  BitReader bits(bytes);
  bits.skip(16 + 4);
  const std::uint32_t sub_layers = bits.bits(3);
  sequence.temporal_layers = sub_layers + 1;
  sequence.temporal_nesting = bits.flag();
  skip_profiles(bits, sub_layers);
  bits.unsigned_golomb();
  sequence.chroma_format = bits.unsigned_golomb();
  if (sequence.chroma_format == 3) bits.flag();
  if (!read_size(bits, sequence)) return {};
  sequence.luma_depth = 8 + bits.unsigned_golomb();
  sequence.chroma_depth = 8 + bits.unsigned_golomb();
  if (!bits.ok() || sequence.chroma_format > 3 || sequence.luma_depth > 16 ||
      sequence.chroma_depth > 16) {
    return {};
  }
  if (sequence.luma_depth > 8) sequence.format.pixel_format = PixelFormat::I420P10;
  return sequence;
}

Result<void> describe(VideoConfig& config, HevcSequence& sequence) {
  const Bytes* first = nullptr;
  bool has_picture_set = false;
  for (const Bytes& set : config.parameter_sets) {
    const int type = hevc_unit_type(set);
    if (type == kSequenceParameterSet && first == nullptr) first = &set;
    if (type == kPictureParameterSet) has_picture_set = true;
  }
  if (first == nullptr || !has_picture_set) return corrupt("a parameter set is missing");
  auto parsed = parse_sequence(*first);
  if (!parsed) return corrupt("the sequence parameter set is damaged");
  sequence = *std::move(parsed);
  config.codec = VideoCodec::Hevc;
  config.format = sequence.format;
  return {};
}

void append_sets(Bytes& record, const std::vector<Bytes>& sets, int type) {
  const auto count = std::count_if(sets.begin(), sets.end(),
                                   [&](const Bytes& set) { return hevc_unit_type(set) == type; });
  record.push_back(static_cast<std::uint8_t>(0x80 | type));  // the array is complete
  append_number(record, static_cast<std::uint64_t>(count), 2);
  for (const Bytes& set : sets) {
    if (hevc_unit_type(set) != type) continue;
    append_number(record, set.size(), 2);
    append_bytes(record, set);
  }
}

}  // namespace

int hevc_unit_type(ByteView unit) noexcept { return unit.front() >> 1 & 0x3F; }

// Source: ISO/IEC 14496-15, 8.3.3.1.2.
Result<VideoConfig> read_hevc_config(ByteView record) {
  WireReader reader(record);
  const std::uint8_t version = reader.u8();
  reader.bytes(20);
  const int length_bytes = (reader.u8() & 3) + 1;
  // 0 was written before the standard was finished.
  if (version > 1) return corrupt("unknown version");
  VideoConfig config;
  config.length_bytes = length_bytes;
  for (int arrays = reader.u8(); arrays > 0; --arrays) {
    const int type = reader.u8() & 0x3F;
    const bool wanted = type >= kVideoParameterSet && type <= kPictureParameterSet;
    for (int left = reader.u16(); left > 0 && reader.ok(); --left) {
      const ByteView set = reader.bytes(reader.u16());
      if (wanted && !set.empty()) config.parameter_sets.emplace_back(set.begin(), set.end());
    }
  }
  if (!reader.ok()) return corrupt("it ends early");
  HevcSequence sequence;
  if (auto described = describe(config, sequence); !described) return described.error();
  config.record.assign(record.begin(), record.end());
  config.record[0] = 1;
  config.record[21] |= 3;
  return config;
}

Result<VideoConfig> make_hevc_config(std::vector<Bytes> sets) {
  VideoConfig config;
  config.parameter_sets = std::move(sets);
  HevcSequence sequence;
  if (auto described = describe(config, sequence); !described) return described.error();
  Bytes& record = config.record;
  record = {1};
  append_bytes(record, sequence.profile);
  append_number(record, 0xF000, 2);  // the least size of segments is unknown
  record.push_back(0xFC);            // so is the kind of parallelism
  record.push_back(static_cast<std::uint8_t>(0xFC | sequence.chroma_format));
  record.push_back(static_cast<std::uint8_t>(0xF8 | (sequence.luma_depth - 8)));
  record.push_back(static_cast<std::uint8_t>(0xF8 | (sequence.chroma_depth - 8)));
  append_number(record, 0, 2);  // the average frame rate is unknown
  record.push_back(static_cast<std::uint8_t>(sequence.temporal_layers << 3 |
                                             (sequence.temporal_nesting ? 4 : 0) | 3));
  record.push_back(3);
  for (const int type : {kVideoParameterSet, kSequenceParameterSet, kPictureParameterSet}) {
    append_sets(record, config.parameter_sets, type);
  }
  return config;
}

}  // namespace streamkit::rtmp
