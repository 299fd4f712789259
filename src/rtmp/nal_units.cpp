#include "rtmp/nal_units.hpp"

namespace streamkit::rtmp {

std::vector<ByteView> split_nal_units(ByteView access_unit, int length_bytes) {
  std::vector<ByteView> units;
  WireReader reader(access_unit);
  while (!reader.empty()) {
    std::size_t length = 0;
    for (int i = 0; i < length_bytes; ++i) length = length << 8 | reader.u8();
    const ByteView unit = reader.bytes(length);
    if (!reader.ok()) return {};
    if (!unit.empty()) units.push_back(unit);
  }
  return units;
}

Bytes join_nal_units(const std::vector<ByteView>& units) {
  std::size_t size = 0;
  for (const ByteView unit : units) size += 4 + unit.size();
  Bytes joined;
  joined.reserve(size);
  for (const ByteView unit : units) {
    append_number(joined, unit.size(), 4);
    append_bytes(joined, unit);
  }
  return joined;
}

Bytes without_emulation_prevention(ByteView unit) {
  Bytes bytes;
  bytes.reserve(unit.size());
  int zeros = 0;
  for (const std::uint8_t byte : unit) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    bytes.push_back(byte);
  }
  return bytes;
}

}  // namespace streamkit::rtmp
