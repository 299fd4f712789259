#include "media/cmaf_test_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <streamkit/media/stream_encoder.hpp>

#include "media/ffmpeg_quiet.hpp"
#include "media/media_test_support.hpp"
#include "media/memory_io.hpp"
#include "media/nal_units.hpp"

namespace streamkit::media {
namespace {

constexpr int kSamples = 1024;
constexpr int kHz = 48'000;

Packet made_up_picture(const MadeUpStream& stream, int n) {
  Packet packet;
  packet.pts = (stream.start + stream.rate.time_of(n)) / stream.unit * stream.unit;
  packet.dts = packet.pts;
  packet.duration = stream.rate.frame_duration();
  packet.keyframe = n % stream.gop == 0;
  packet.data = {0,
                 0,
                 0,
                 1,
                 static_cast<std::uint8_t>(packet.keyframe ? 0x65 : 0x41),
                 1,
                 static_cast<std::uint8_t>(n % 250 + 1),
                 0x80};
  return packet;
}

Packet made_up_sound(const MadeUpStream& stream, std::int64_t n) {
  Packet packet;
  packet.track = TrackKind::Audio;
  packet.pts = (stream.start + from_ticks(n * kSamples, 1, kHz)) / stream.unit * stream.unit;
  packet.dts = packet.pts;
  packet.duration = from_ticks(kSamples, 1, kHz);
  packet.keyframe = true;
  packet.data = {0x21, static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8), 7};
  return packet;
}

}  // namespace

Tracks small_tracks(int width_px, int height_px) {
  VideoFormat format = small_format();
  format.width_px = width_px;
  format.height_px = height_px;
  EncoderOptions options;
  options.preset = "ultrafast";
  options.threads = 1;
  return (*open_encoder(options, format, AudioFormat{}))->tracks();
}

std::vector<Packet> make_packets(const MadeUpStream& stream) {
  std::vector<Packet> packets;
  const MediaTime end = stream.rate.time_of(stream.frames);
  for (int n = 0; stream.with_video && n < stream.frames; ++n) {
    packets.push_back(made_up_picture(stream, n));
  }
  for (std::int64_t n = 0; stream.with_audio && from_ticks(n * kSamples, 1, kHz) < end; ++n) {
    packets.push_back(made_up_sound(stream, n));
  }
  std::stable_sort(packets.begin(), packets.end(),
                   [](const Packet& a, const Packet& b) { return a.dts < b.dts; });
  return packets;
}

CmafPackager::TimePoint arrival(MediaTime time) {
  return CmafPackager::TimePoint(std::chrono::hours(1)) +
         std::chrono::duration_cast<std::chrono::nanoseconds>(time);
}

void push_all(CmafPackager& packager, const std::vector<Packet>& packets) {
  const bool has_video = std::any_of(packets.begin(), packets.end(), [](const Packet& packet) {
    return packet.track == TrackKind::Video;
  });
  for (const Packet& packet : packets) {
    const std::size_t track = packet.track == TrackKind::Audio && has_video ? 1 : 0;
    const auto pushed = packager.push(track, packet, arrival(packet.dts));
    ASSERT_TRUE(pushed) << to_string(pushed.error());
  }
}

std::vector<Packet> read_fragments(const Bytes& file) {
  std::vector<Packet> packets;
  const auto memory = MemoryIo::open(file);
  AVFormatContext* context = avformat_alloc_context();
  make_quiet(*context);
  context->pb = (*memory)->io();
  context->flags |= AVFMT_FLAG_NOPARSE;  // made-up pictures are none
  const AVInputFormat* format = av_find_input_format("mp4");
  if (avformat_open_input(&context, "", format, nullptr) < 0) {
    ADD_FAILURE() << "FFmpeg cannot open the fragments";
    return packets;
  }
  EXPECT_EQ(context->nb_streams, 1u);
  const AVStream& stream = *context->streams[0];
  const PacketPtr packet(av_packet_alloc());
  while (av_read_frame(context, packet.get()) >= 0) {
    Packet read;
    const bool video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    read.track = video ? TrackKind::Video : TrackKind::Audio;
    read.pts = to_media_time(packet->pts, stream.time_base);
    read.dts = to_media_time(packet->dts, stream.time_base);
    read.keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    read.data.assign(packet->data, packet->data + packet->size);
    packets.push_back(std::move(read));
    av_packet_unref(packet.get());
  }
  avformat_close_input(&context);
  return packets;
}

std::vector<Bytes> units_of(const Packet& packet, const Bytes& codec_config) {
  std::vector<Bytes> units;
  for (const NalUnit unit : nal_units(packet.data, nal_framing(codec_config))) {
    units.emplace_back(unit.begin(), unit.end());
  }
  return units;
}

}  // namespace streamkit::media
