#include "rtmp/video_headers.hpp"

#include <bit>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {
namespace {

// Puts a 3 after two zeros where the decoder would take the bytes for a start code.
Bytes with_emulation_prevention(const Bytes& bytes) {
  Bytes escaped;
  int zeros = 0;
  for (const std::uint8_t byte : bytes) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    escaped.push_back(byte);
  }
  return escaped;
}

void append_set(Bytes& record, const Bytes& set) {
  append_number(record, set.size(), 2);
  append_bytes(record, set);
}

}  // namespace

BitWriter& BitWriter::bits(std::uint64_t value, int count) {
  for (int i = count; i-- > 0;) {
    if (used_ == 8) {
      bytes_.push_back(0);
      used_ = 0;
    }
    const auto bit = static_cast<std::uint8_t>(value >> i & 1U);
    bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | bit << (7 - used_));
    ++used_;
  }
  return *this;
}

BitWriter& BitWriter::golomb(std::uint32_t value) {
  const std::uint64_t code = std::uint64_t{value} + 1;
  const int width = static_cast<int>(std::bit_width(code));
  return bits(0, width - 1).bits(code, width);
}

Bytes BitWriter::trailing() {
  bits(1, 1);
  while (used_ != 8) bits(0, 1);
  return bytes_;
}

Bytes avc_sequence_set(const AvcSequenceOptions& options) {
  const int fields = options.interlaced ? 2 : 1;
  const int rows = (options.height_px + 16 * fields - 1) / (16 * fields);
  const int columns = (options.width_px + 15) / 16;
  const auto crop_x = static_cast<std::uint32_t>(columns * 16 - options.width_px) / 2;
  const auto crop_y =
      static_cast<std::uint32_t>((rows * 16 * fields - options.height_px) / 2 / fields);
  BitWriter bits;
  bits.bits(0x67, 8).bits(static_cast<std::uint64_t>(options.profile), 8).bits(0, 8).bits(30, 8);
  bits.golomb(0);
  if (options.profile == 100) {
    bits.golomb(1).golomb(0).golomb(0).bits(0, 1).bits(1, 1);
    // One scaling list of 16 that ends immediately, and seven absent ones.
    bits.bits(1, 1).golomb(16).bits(0, 7);
  }
  bits.golomb(0).golomb(2).golomb(1).bits(0, 1);
  bits.golomb(static_cast<std::uint32_t>(columns - 1)).golomb(static_cast<std::uint32_t>(rows - 1));
  bits.bits(options.interlaced ? 0 : 1, 1);
  if (options.interlaced) bits.bits(0, 1);
  bits.bits(1, 1);
  bits.bits(1, 1).golomb(0).golomb(crop_x).golomb(0).golomb(crop_y);
  bits.bits(options.rate_hz > 0 ? 1 : 0, 1);
  if (options.rate_hz > 0) {
    // Pixels of 4:3, colours of BT.709 in full range, and the time of a field.
    bits.bits(1, 1).bits(14, 8).bits(0, 1);
    bits.bits(1, 1).bits(5, 3).bits(1, 1).bits(1, 1).bits(1, 8).bits(1, 8).bits(1, 8);
    bits.bits(0, 1).bits(1, 1).bits(1, 32).bits(2 * std::uint64_t{options.rate_hz}, 32);
    bits.bits(1, 1).bits(0, 4);
  }
  return with_emulation_prevention(bits.trailing());
}

Bytes avc_picture_set(std::uint8_t mark) { return {0x68, 0xCE, 0x3C, mark}; }

Bytes avc_record(const AvcSequenceOptions& options, int length_bytes) {
  const Bytes sequence = avc_sequence_set(options);
  Bytes record = {1,
                  sequence[1],
                  sequence[2],
                  sequence[3],
                  static_cast<std::uint8_t>(0xFC | (length_bytes - 1)),
                  0xE1};
  append_set(record, sequence);
  record.push_back(1);
  append_set(record, avc_picture_set());
  if (options.profile == 100) append_bytes(record, Bytes{0xFD, 0xF8, 0xF8, 0});
  return record;
}

Bytes hevc_sequence_set(int width_px, int height_px, int depth) {
  BitWriter bits;
  bits.bits(0x4201, 16).bits(0, 4).bits(0, 3).bits(1, 1);
  bits.bits(1, 8).bits(0x60000000, 32).bits(0x9000'0000'0000, 48).bits(63, 8);
  bits.golomb(0).golomb(1);
  bits.golomb(static_cast<std::uint32_t>((width_px + 7) / 8 * 8));
  bits.golomb(static_cast<std::uint32_t>((height_px + 7) / 8 * 8));
  bits.bits(1, 1).golomb(0).golomb(static_cast<std::uint32_t>((8 - width_px % 8) % 8 / 2));
  bits.golomb(0).golomb(static_cast<std::uint32_t>((8 - height_px % 8) % 8 / 2));
  bits.golomb(static_cast<std::uint32_t>(depth - 8)).golomb(static_cast<std::uint32_t>(depth - 8));
  bits.golomb(4);
  return with_emulation_prevention(bits.trailing());
}

Bytes hevc_record(int width_px, int height_px, int depth) {
  Bytes record = {1, 1,  0x60, 0, 0,    0,    0x90, 0,    0, 0, 0,
                  0, 63, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F};
  record[17] = static_cast<std::uint8_t>(0xF8 | (depth - 8));
  record[18] = record[17];
  record.push_back(3);
  const std::vector<Bytes> sets = {
      {0x40, 1, 0x0C, 1}, hevc_sequence_set(width_px, height_px, depth), {0x44, 1, 0xC1, 0x73}};
  std::uint8_t type = 32;
  for (const Bytes& set : sets) {
    record.push_back(static_cast<std::uint8_t>(0x80 | type++));
    append_number(record, 1, 2);
    append_set(record, set);
  }
  return record;
}

Bytes av1_sequence_unit(int width_px, int height_px, bool high_depth) {
  BitWriter bits;
  bits.bits(0, 3).bits(0, 1).bits(0, 1);   // profile 0, neither still nor reduced
  bits.bits(0, 1).bits(0, 1).bits(0, 5);   // no timing, no delay, one operating point
  bits.bits(0, 12).bits(8, 5).bits(0, 1);  // level 4.0, main tier
  bits.bits(15, 4).bits(15, 4);
  bits.bits(static_cast<std::uint64_t>(width_px - 1), 16);
  bits.bits(static_cast<std::uint64_t>(height_px - 1), 16);
  bits.bits(0, 1).bits(7, 3);              // no frame ids, tools
  bits.bits(15, 4).bits(1, 1).bits(3, 2);  // tools, order hints
  bits.bits(1, 1).bits(1, 1).bits(6, 3);   // screen content, motion vectors, hint bits
  bits.bits(7, 3);
  bits.bits(high_depth ? 1 : 0, 1).bits(0, 1).bits(1, 1).bits(1, 8).bits(13, 8).bits(1, 8);
  bits.bits(0, 1).bits(1, 2).bits(0, 1).bits(0, 1);
  const Bytes payload = bits.trailing();
  Bytes unit = {0x0A, static_cast<std::uint8_t>(payload.size())};
  append_bytes(unit, payload);
  return unit;
}

Bytes av1_record(int width_px, int height_px, bool high_depth) {
  Bytes record = {0x81, 8, static_cast<std::uint8_t>(high_depth ? 0x4D : 0x0D), 0};
  append_bytes(record, av1_sequence_unit(width_px, height_px, high_depth));
  return record;
}

Bytes access_unit(const std::vector<Bytes>& units, int length_bytes) {
  Bytes bytes;
  for (const Bytes& unit : units) {
    append_number(bytes, unit.size(), static_cast<std::size_t>(length_bytes));
    append_bytes(bytes, unit);
  }
  return bytes;
}

}  // namespace streamkit::rtmp
