#include "rtmp/bit_reader.hpp"
#include "rtmp/video_config.hpp"

namespace streamkit::rtmp {
namespace {

// Source: AV1 specification, 6.2.2.
constexpr int kSequenceHeader = 1;
constexpr int kTemporalDelimiter = 2;

// What of a sequence header is used.
struct Av1Sequence {
  VideoFormat format = {};
  ColorTags color = {};
  std::uint32_t profile = 0;
  std::uint32_t level = 0;
  bool high_tier = false;
  bool high_depth = false;
  bool twelve_bit = false;
  bool monochrome = false;
  bool subsampled_x = true;
  bool subsampled_y = true;
  std::uint32_t sample_position = 0;
};

struct Unit {
  int type = 0;
  ByteView whole;
  ByteView payload;
};

Error corrupt(std::string_view what) {
  return {ErrorCode::CorruptData, "AV1 sequence header: " + std::string(what)};
}

// Source: AV1 specification, 4.10.5.
std::optional<std::uint64_t> read_leb128(WireReader& reader) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) {
    const std::uint8_t byte = reader.u8();
    value |= std::uint64_t{byte & 0x7FU} << 7 * i;
    if ((byte & 0x80) == 0) return value;
  }
  return {};
}

// Takes the next unit from the beginning of `bytes`. Source: AV1 specification, 5.3.
std::optional<Unit> take_unit(ByteView& bytes) noexcept {
  WireReader reader(bytes);
  const std::uint8_t header = reader.u8();
  if ((header & 4) != 0) reader.u8();
  ByteView payload = reader.rest();
  if ((header & 2) != 0) {
    const auto size = read_leb128(reader);
    if (!size) return {};
    payload = reader.bytes(*size);
  } else {
    reader.bytes(payload.size());
  }
  if (!reader.ok() || (header & 0x80) != 0) return {};
  const Unit unit{header >> 3 & 0xF, bytes.first(bytes.size() - reader.rest().size()), payload};
  bytes = reader.rest();
  return unit;
}

// --- The sequence header. Source: AV1 specification, 5.5. ---

void skip_golomb(BitReader& bits) noexcept { bits.unsigned_golomb(); }

void read_timing(BitReader& bits, Av1Sequence& sequence, bool& has_model, int& delay_bits) {
  const std::uint64_t num = bits.bits(32);
  const std::uint64_t den = bits.bits(32);
  const bool equal = bits.flag();
  if (equal) skip_golomb(bits);
  if (equal && num > 0 && num <= 1'000'000 && den > 0 && den <= 1'000'000) {
    sequence.format.frame_rate = {static_cast<std::int32_t>(den), static_cast<std::int32_t>(num)};
  }
  has_model = bits.flag();
  if (!has_model) return;
  delay_bits = static_cast<int>(bits.bits(5)) + 1;
  bits.skip(32 + 5 + 5);
}

void read_operating_points(BitReader& bits, Av1Sequence& sequence) {
  bool has_model = false;
  int delay_bits = 0;
  if (bits.flag()) read_timing(bits, sequence, has_model, delay_bits);
  const bool has_delay = bits.flag();
  const std::uint32_t points = bits.bits(5) + 1;
  for (std::uint32_t i = 0; i < points; ++i) {
    bits.skip(12);
    const std::uint32_t level = bits.bits(5);
    const bool high_tier = level > 7 && bits.flag();
    if (i == 0) {
      sequence.level = level;
      sequence.high_tier = high_tier;
    }
    if (has_model && bits.flag()) bits.skip(2 * static_cast<std::uint64_t>(delay_bits) + 1);
    if (has_delay && bits.flag()) bits.skip(4);
  }
}

void read_size(BitReader& bits, Av1Sequence& sequence) {
  const int width_bits = static_cast<int>(bits.bits(4)) + 1;
  const int height_bits = static_cast<int>(bits.bits(4)) + 1;
  sequence.format.width_px = static_cast<int>(bits.bits(width_bits)) + 1;
  sequence.format.height_px = static_cast<int>(bits.bits(height_bits)) + 1;
}

void skip_tools(BitReader& bits, bool reduced) {
  if (!reduced && bits.flag()) bits.skip(4 + 3);
  bits.skip(3);
  if (!reduced) {
    bits.skip(4);
    const bool order_hint = bits.flag();
    if (order_hint) bits.skip(2);
    const std::uint32_t screen_content = bits.flag() ? 2 : bits.bits(1);
    if (screen_content > 0 && !bits.flag()) bits.skip(1);
    if (order_hint) bits.skip(3);
  }
  bits.skip(3);
}

void read_subsampling(BitReader& bits, Av1Sequence& sequence) {
  // Profile 0 is 4:2:0, 1 is 4:4:4, 2 has 4:2:2, and with 12 bits any.
  if (sequence.profile == 1) sequence.subsampled_x = sequence.subsampled_y = false;
  if (sequence.profile == 2) {
    sequence.subsampled_x = !sequence.twelve_bit || bits.flag();
    sequence.subsampled_y = sequence.twelve_bit && sequence.subsampled_x && bits.flag();
  }
  if (sequence.subsampled_x && sequence.subsampled_y) sequence.sample_position = bits.bits(2);
}

void read_color(BitReader& bits, Av1Sequence& sequence) {
  sequence.high_depth = bits.flag();
  sequence.twelve_bit = sequence.profile == 2 && sequence.high_depth && bits.flag();
  sequence.monochrome = sequence.profile != 1 && bits.flag();
  if (bits.flag()) {
    sequence.color.primaries = static_cast<int>(bits.bits(8));
    sequence.color.transfer = static_cast<int>(bits.bits(8));
    sequence.color.matrix = static_cast<int>(bits.bits(8));
  }
  const auto& color = sequence.color;
  if (color.primaries == 1 && color.transfer == 13 && color.matrix == 0) {  // sRGB
    sequence.color.range = ColorRange::Full;
    sequence.subsampled_x = sequence.subsampled_y = false;
    return;
  }
  sequence.color.range = bits.flag() ? ColorRange::Full : ColorRange::Limited;
  if (!sequence.monochrome) read_subsampling(bits, sequence);
}

std::optional<Av1Sequence> parse_sequence(ByteView payload) {
  BitReader bits(payload);
  Av1Sequence sequence;
  sequence.format.frame_rate = {0, 1};
  sequence.profile = bits.bits(3);
  bits.flag();
  const bool reduced = bits.flag();
  if (reduced) {
    sequence.level = bits.bits(5);
  } else {
    read_operating_points(bits, sequence);
  }
  read_size(bits, sequence);
  skip_tools(bits, reduced);
  read_color(bits, sequence);
  if (!bits.ok() || sequence.profile > 2) return {};
  if (sequence.high_depth) sequence.format.pixel_format = PixelFormat::I420P10;
  return sequence;
}

std::optional<Unit> find_sequence_header(ByteView units) noexcept {
  while (!units.empty()) {
    const auto unit = take_unit(units);
    if (!unit) return {};
    if (unit->type == kSequenceHeader) return unit;
  }
  return {};
}

}  // namespace

// Source: AV1 Codec ISO Media File Format Binding, 2.3.
Result<VideoConfig> read_av1_config(ByteView record) {
  if (record.size() < 4 || record[0] != 0x81) return corrupt("unknown version");
  const auto header = find_sequence_header(record.subspan(4));
  if (!header) return corrupt("it has no sequence header unit");
  auto config = make_av1_config(header->whole);
  if (config) config->record.assign(record.begin(), record.end());
  return config;
}

Result<VideoConfig> make_av1_config(ByteView sequence_header) {
  const auto unit = find_sequence_header(sequence_header);
  const auto parsed = unit ? parse_sequence(unit->payload) : std::nullopt;
  if (!parsed) return corrupt("it is damaged");
  const Av1Sequence& sequence = *parsed;
  const auto bit = [](bool set, int place) { return static_cast<std::uint32_t>(set) << place; };
  VideoConfig config;
  config.codec = VideoCodec::Av1;
  config.format = sequence.format;
  config.color = sequence.color;
  config.parameter_sets.emplace_back(unit->whole.begin(), unit->whole.end());
  config.record = {
      0x81, static_cast<std::uint8_t>(sequence.profile << 5 | sequence.level),
      static_cast<std::uint8_t>(bit(sequence.high_tier, 7) | bit(sequence.high_depth, 6) |
                                bit(sequence.twelve_bit, 5) | bit(sequence.monochrome, 4) |
                                bit(sequence.subsampled_x, 3) | bit(sequence.subsampled_y, 2) |
                                sequence.sample_position),
      0};
  append_bytes(config.record, unit->whole);
  return config;
}

std::optional<CodedFrame> read_av1_frame(const VideoConfig& config, ByteView payload,
                                         bool marked_keyframe) {
  CodedFrame frame;
  frame.keyframe = marked_keyframe;
  while (!payload.empty()) {
    const auto unit = take_unit(payload);
    if (!unit) return {};
    // Samples of MP4 have no temporal delimiters. Source: the binding, 2.4.
    if (unit->type == kTemporalDelimiter) continue;
    append_bytes(frame.data, unit->whole);
    const bool known = unit->type != kSequenceHeader || config.parameter_sets.empty() ||
                       same_bytes(config.parameter_sets.front(), unit->whole);
    if (known || !marked_keyframe) continue;
    auto made = make_av1_config(unit->whole);
    if (!made) return {};
    frame.new_config = *std::move(made);
  }
  if (frame.data.empty()) return {};
  return frame;
}

}  // namespace streamkit::rtmp
