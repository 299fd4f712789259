#include "media/decoder_record.hpp"

#include <vector>

#include "media/bit_reader.hpp"
#include "media/sequence_header.hpp"

namespace streamkit::media {
namespace {

int kind_of(const Bytes& set, VideoCodec codec) {
  if (set.empty()) return -1;
  return codec == VideoCodec::Hevc ? set[0] >> 1 & 0x3F : set[0] & 0x1F;
}

std::vector<const Bytes*> sets_of_kind(const ParameterSets& sets, VideoCodec codec, int kind) {
  std::vector<const Bytes*> found;
  for (const Bytes& set : sets) {
    if (kind_of(set, codec) == kind && set.size() <= 0xFFFF && found.size() < 31) {
      found.push_back(&set);
    }
  }
  return found;
}

void put16(Bytes& record, std::size_t value) {
  record.push_back(static_cast<std::uint8_t>(value >> 8));
  record.push_back(static_cast<std::uint8_t>(value));
}

void put_sets(Bytes& record, const std::vector<const Bytes*>& sets) {
  for (const Bytes* set : sets) {
    put16(record, set->size());
    record.insert(record.end(), set->begin(), set->end());
  }
}

std::uint8_t bits(unsigned reserved, int value) {
  return static_cast<std::uint8_t>(reserved | static_cast<unsigned>(value));
}

Bytes avc_record(const ParameterSets& sets, const SequenceHeader& header) {
  const auto sps = sets_of_kind(sets, VideoCodec::H264, 7);
  const auto pps = sets_of_kind(sets, VideoCodec::H264, 8);
  const Bytes& first = *sps.front();
  Bytes record = {1, first[1], first[2], first[3], 0xFF};
  record.push_back(bits(0xE0, static_cast<int>(sps.size())));
  put_sets(record, sps);
  record.push_back(static_cast<std::uint8_t>(pps.size()));
  put_sets(record, pps);
  const int profile = first[1];
  if (profile != 66 && profile != 77 && profile != 88) {
    record.push_back(bits(0xFC, header.chroma_format));
    record.push_back(bits(0xF8, header.luma_bits - 8));
    record.push_back(bits(0xF8, header.chroma_bits - 8));
    record.push_back(0);
  }
  return record;
}

Bytes hevc_record(const ParameterSets& sets, const SequenceHeader& header) {
  BitReader in(*sets_of_kind(sets, VideoCodec::Hevc, 33).front());
  in.skip(16 + 4);
  const int layers = static_cast<int>(in.bits(3)) + 1;
  const int nested = in.flag() ? 1 : 0;
  Bytes record = {1};
  for (int i = 0; i < 12; ++i) record.push_back(static_cast<std::uint8_t>(in.bits(8)));
  record.insert(record.end(), {0xF0, 0, 0xFC});
  record.push_back(bits(0xFC, header.chroma_format));
  record.push_back(bits(0xF8, header.luma_bits - 8));
  record.push_back(bits(0xF8, header.chroma_bits - 8));
  record.insert(record.end(), {0, 0});
  record.push_back(bits(3, layers << 3 | nested << 2));
  record.push_back(3);
  for (const int kind : {32, 33, 34}) {
    const auto some = sets_of_kind(sets, VideoCodec::Hevc, kind);
    record.push_back(bits(0x80, kind));
    put16(record, some.size());
    put_sets(record, some);
  }
  return record;
}

}  // namespace

Bytes decoder_record(const ParameterSets& sets, VideoCodec codec) {
  const auto header = read_sequence_header(sets, codec);
  if (!header || !are_complete(sets, codec)) return {};
  return codec == VideoCodec::Hevc ? hevc_record(sets, *header) : avc_record(sets, *header);
}

}  // namespace streamkit::media
