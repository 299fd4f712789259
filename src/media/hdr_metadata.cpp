#include "media/hdr_metadata.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

namespace streamkit::media {
namespace {

constexpr int kChromaticityUnits = 50'000;
constexpr int kLuminanceUnits = 10'000;

// What does not fit is damage: as much as fits is taken.
template <typename Number>
Number in_units(AVRational value, int units) {
  if (value.den == 0) return 0;
  const std::int64_t most = std::min<std::int64_t>(std::numeric_limits<Number>::max(), INT_MAX);
  return static_cast<Number>(
      std::clamp<std::int64_t>(av_rescale(value.num, units, value.den), 0, most));
}

std::uint16_t whole(unsigned nits) { return static_cast<std::uint16_t>(std::min(nits, 65'535U)); }

// The points in the order of FFmpeg's display_primaries, then white.
std::array<Chromaticity HdrMetadata::*, 4> points() {
  return {&HdrMetadata::red, &HdrMetadata::green, &HdrMetadata::blue, &HdrMetadata::white};
}

void read_display(const AVMasteringDisplayMetadata& display, HdrMetadata& hdr) {
  if (display.has_primaries == 0 || display.has_luminance == 0) return;
  for (std::size_t i = 0; i < 4; ++i) {
    const AVRational* xy = i < 3 ? display.display_primaries[i] : display.white_point;
    hdr.*points()[i] = {in_units<std::uint16_t>(xy[0], kChromaticityUnits),
                        in_units<std::uint16_t>(xy[1], kChromaticityUnits)};
  }
  hdr.max_luminance_nits_10000ths = in_units<std::uint32_t>(display.max_luminance, kLuminanceUnits);
  hdr.min_luminance_nits_10000ths = in_units<std::uint32_t>(display.min_luminance, kLuminanceUnits);
}

void read_light(const AVContentLightMetadata& level, HdrMetadata& hdr) {
  hdr.max_content_light_nits = whole(level.MaxCLL);
  hdr.max_frame_average_light_nits = whole(level.MaxFALL);
}

HdrMetadata stated_by_container(const AVStream& stream) {
  HdrMetadata hdr;
  std::size_t size = 0;
  const std::uint8_t* display =
      av_stream_get_side_data(&stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, &size);
  if (display != nullptr && size >= sizeof(AVMasteringDisplayMetadata)) {
    read_display(*reinterpret_cast<const AVMasteringDisplayMetadata*>(display), hdr);
  }
  const std::uint8_t* light =
      av_stream_get_side_data(&stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, &size);
  if (light != nullptr && size >= sizeof(AVContentLightMetadata)) {
    read_light(*reinterpret_cast<const AVContentLightMetadata*>(light), hdr);
  }
  return hdr;
}

HdrMetadata stated_by(const AVFrame& frame) {
  HdrMetadata hdr;
  const auto* display = av_frame_get_side_data(&frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (display != nullptr) {
    read_display(*reinterpret_cast<const AVMasteringDisplayMetadata*>(display->data), hdr);
  }
  const auto* light = av_frame_get_side_data(&frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  if (light != nullptr) {
    read_light(*reinterpret_cast<const AVContentLightMetadata*>(light->data), hdr);
  }
  return hdr;
}

// Opens the file once more: its packets are still to be read by others.
HdrMetadata stated_by_first_frame(const InputFile& same) {
  constexpr int kMostPackets = 500;
  const auto opened = same.open_again();
  if (!opened || (*opened)->video() == nullptr) return {};
  AVFormatContext* file = (*opened)->context();
  const AVStream& stream = *(*opened)->video();
  const auto codec = open_codec(*stream.codecpar, stream.time_base, 1);
  const PacketPtr packet(av_packet_alloc());
  const FramePtr frame(av_frame_alloc());
  if (!codec || packet == nullptr || frame == nullptr) return {};
  for (int count = 0; count < kMostPackets; ++count) {
    const bool ended = av_read_frame(file, packet.get()) < 0;
    if (ended || packet->stream_index == stream.index) {
      avcodec_send_packet(codec->get(), ended ? nullptr : packet.get());
    }
    av_packet_unref(packet.get());
    if (avcodec_receive_frame(codec->get(), frame.get()) >= 0) return stated_by(*frame);
    if (ended) break;
  }
  return {};
}

Result<void> state_display(AVStream& stream, const HdrMetadata& hdr) {
  auto* display = reinterpret_cast<AVMasteringDisplayMetadata*>(av_stream_new_side_data(
      &stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, sizeof(AVMasteringDisplayMetadata)));
  if (display == nullptr) return out_of_memory();
  *display = {};
  for (std::size_t i = 0; i < 4; ++i) {
    const Chromaticity& point = hdr.*points()[i];
    AVRational* xy = i < 3 ? display->display_primaries[i] : display->white_point;
    xy[0] = {point.x_50000ths, kChromaticityUnits};
    xy[1] = {point.y_50000ths, kChromaticityUnits};
  }
  display->max_luminance = {static_cast<int>(hdr.max_luminance_nits_10000ths), kLuminanceUnits};
  display->min_luminance = {static_cast<int>(hdr.min_luminance_nits_10000ths), kLuminanceUnits};
  display->has_primaries = display->has_luminance = 1;
  return {};
}

std::string text_of(const char* name, const Chromaticity& point) {
  return name + ("(" + std::to_string(point.x_50000ths)) + "," + std::to_string(point.y_50000ths) +
         ")";
}

}  // namespace

HdrMetadata hdr_metadata_of(const InputFile& file) {
  const HdrMetadata stated = stated_by_container(*file.video());
  if (stated.states_display() || stated.states_light()) return stated;
  return stated_by_first_frame(file);
}

Result<void> state_hdr_metadata(AVStream& stream, const HdrMetadata& hdr) {
  if (hdr.states_display()) {
    if (auto stated = state_display(stream, hdr); !stated) return stated;
  }
  if (!hdr.states_light()) return {};
  auto* level = reinterpret_cast<AVContentLightMetadata*>(av_stream_new_side_data(
      &stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, sizeof(AVContentLightMetadata)));
  if (level == nullptr) return out_of_memory();
  *level = {hdr.max_content_light_nits, hdr.max_frame_average_light_nits};
  return {};
}

std::string x265_hdr_params(const HdrMetadata& hdr) {
  std::string params;
  if (hdr.states_display()) {
    params += ":master-display=" + text_of("G", hdr.green) + text_of("B", hdr.blue) +
              text_of("R", hdr.red) + text_of("WP", hdr.white) + "L(" +
              std::to_string(hdr.max_luminance_nits_10000ths) + "," +
              std::to_string(hdr.min_luminance_nits_10000ths) + ")";
  }
  if (hdr.states_light()) {
    params += ":max-cll=" + std::to_string(hdr.max_content_light_nits) + "," +
              std::to_string(hdr.max_frame_average_light_nits);
  }
  return params;
}

}  // namespace streamkit::media
