#include "media/adts.hpp"

#include <algorithm>
#include <array>

namespace streamkit::media {
namespace {

constexpr std::array<int, 13> kRates = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                        22050, 16000, 12000, 11025, 8000,  7350};
constexpr unsigned kLowComplexity = 2;

}  // namespace

Bytes config_of_adts(const AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_AAC || parameters.extradata_size > 0) return {};
  // The header of HE-AAC is that of the part which every decoder knows: AAC-LC at half the rate,
  // and of one channel if two are derived from it.
  const bool doubled =
      parameters.profile == FF_PROFILE_AAC_HE || parameters.profile == FF_PROFILE_AAC_HE_V2;
  const int rate = doubled ? parameters.sample_rate / 2 : parameters.sample_rate;
  const auto found = std::find(kRates.begin(), kRates.end(), rate);
  const int stated = parameters.ch_layout.nb_channels;
  const int channels = parameters.profile == FF_PROFILE_AAC_HE_V2 ? 1 : stated;
  const bool nameable = (channels >= 1 && channels <= 6) || channels == 8;
  if (found == kRates.end() || !nameable) return {};
  const auto rate_index = static_cast<unsigned>(found - kRates.begin());
  const auto channel_index = static_cast<unsigned>(channels == 8 ? 7 : channels);
  const unsigned bits = kLowComplexity << 11 | rate_index << 7 | channel_index << 3;
  return {static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits & 0xFF)};
}

std::optional<AdtsHeader> read_adts_header(std::span<const std::uint8_t> data) {
  if (without_adts_header(data).size() == data.size()) return {};
  const unsigned type = (data[2] >> 6) + 1U;
  const std::size_t rate = data[2] >> 2 & 0xFU;
  const unsigned channels = (data[2] & 1U) << 2 | data[3] >> 6;
  if (rate >= kRates.size() || channels == 0) return {};
  const unsigned bits = type << 11 | static_cast<unsigned>(rate) << 7 | channels << 3;
  AdtsHeader header;
  header.sample_rate_hz = kRates[rate];
  header.channels = channels == 7 ? 8 : static_cast<int>(channels);
  header.config = {static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits & 0xFF)};
  return header;
}

std::span<const std::uint8_t> without_adts_header(std::span<const std::uint8_t> data) noexcept {
  constexpr std::size_t kHeader = 7;
  constexpr std::size_t kChecksum = 2;
  const bool has_header =
      data.size() > kHeader + kChecksum && data[0] == 0xFF && (data[1] & 0xF6) == 0xF0;
  if (!has_header) return data;
  const bool checked = (data[1] & 1) == 0;
  return data.subspan(checked ? kHeader + kChecksum : kHeader);
}

}  // namespace streamkit::media
