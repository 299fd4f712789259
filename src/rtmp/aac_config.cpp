#include "rtmp/aac_config.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "rtmp/bit_reader.hpp"

namespace streamkit::rtmp {
namespace {

// Audio object types. Source: ISO/IEC 14496-3, table 1.17.
constexpr std::uint32_t kMain = 1;
constexpr std::uint32_t kLongTermPrediction = 4;
constexpr std::uint32_t kBandReplication = 5;
constexpr std::uint32_t kParametricStereo = 29;

std::uint32_t read_object_type(BitReader& bits) noexcept {
  const std::uint32_t type = bits.bits(5);
  return type == 31 ? 32 + bits.bits(6) : type;
}

std::uint32_t read_rate(BitReader& bits) noexcept {
  constexpr std::uint32_t kRates[] = {96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                      22'050, 16'000, 12'000, 11'025, 8'000,  7'350};
  const std::uint32_t index = bits.bits(4);
  if (index == 15) return bits.bits(24);
  return index < std::size(kRates) ? kRates[index] : 0;
}

// The channel configurations; 0 means that a program configuration element describes them.
int channel_count(std::uint32_t configuration) noexcept {
  constexpr int kChannels[] = {0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8};
  return configuration < std::size(kChannels) ? kChannels[configuration] : 0;
}

// Counts the channels of a program configuration element. Source: ISO/IEC 14496-3, 4.4.1.1.
int read_program_channels(BitReader& bits) noexcept {
  bits.skip(4 + 2 + 4);
  const std::uint32_t elements[3] = {bits.bits(4), bits.bits(4), bits.bits(4)};
  const std::uint32_t low_frequency = bits.bits(2);
  bits.skip(3 + 4);
  for (int i = 0; i < 2; ++i) {
    if (bits.flag()) bits.skip(4);
  }
  if (bits.flag()) bits.skip(3);
  std::uint32_t channels = low_frequency;
  for (const std::uint32_t count : elements) {
    for (std::uint32_t i = 0; i < count; ++i) {
      channels += bits.flag() ? 2 : 1;
      bits.skip(4);
    }
  }
  return static_cast<int>(channels);
}

}  // namespace

Result<AudioTrack> read_aac_config(ByteView config) {
  const auto corrupt = [](std::string_view what) {
    return Error{ErrorCode::CorruptData, "AAC sequence header: " + std::string(what)};
  };
  BitReader bits(config);
  std::uint32_t type = read_object_type(bits);
  const std::uint32_t core_rate = read_rate(bits);
  const std::uint32_t configuration = bits.bits(4);
  std::uint32_t rate = core_rate;
  const bool parametric = type == kParametricStereo;
  if (type == kBandReplication || parametric) {
    rate = read_rate(bits);
    type = read_object_type(bits);
  }
  if (type < kMain || type > kLongTermPrediction) {
    return Error{ErrorCode::Unsupported,
                 "MPEG-4 audio of object type " + std::to_string(type) + ": send AAC-LC or HE-AAC"};
  }
  const bool short_frames = bits.flag();
  if (bits.flag()) bits.skip(14);
  bits.flag();
  int channels = configuration == 0 ? read_program_channels(bits) : channel_count(configuration);
  if (parametric && channels == 1) channels = 2;
  if (!bits.ok()) return corrupt("it ends early");
  // Band replication that old decoders do not see. Source: ISO/IEC 14496-3, 1.6.6.
  constexpr std::uint32_t kExtension = 0x2B7;
  const bool extended = configuration != 0 && rate == core_rate && bits.bits(11) == kExtension &&
                        read_object_type(bits) == kBandReplication && bits.flag();
  if (extended) {
    const std::uint32_t extended_rate = read_rate(bits);
    if (bits.ok() && extended_rate == 2 * core_rate) rate = extended_rate;
  }
  if (channels < 1 || channels > 64) return corrupt("invalid number of channels");
  if (core_rate < 7'350 || core_rate > 96'000 || rate < core_rate || rate > 2 * core_rate) {
    return corrupt("invalid sample rate");
  }
  AudioTrack track;
  track.format = {static_cast<int>(rate), channels};
  // Frames are counted in samples of the core, whose rate a replicated band may double.
  track.packet_samples = (short_frames ? 960 : 1024) * (rate == 2 * core_rate ? 2 : 1);
  track.codec_config.assign(config.begin(), config.end());
  return track;
}

}  // namespace streamkit::rtmp
