#include "media/retimed_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace streamkit::media {
namespace {

void add_streams(AVFormatContext* from, AVFormatContext* to) {
  for (unsigned i = 0; i < from->nb_streams; ++i) {
    AVStream* stream = avformat_new_stream(to, nullptr);
    ASSERT_NE(stream, nullptr);
    ASSERT_GE(avcodec_parameters_copy(stream->codecpar, from->streams[i]->codecpar), 0);
    stream->codecpar->codec_tag = 0;
    stream->time_base = from->streams[i]->time_base;
    stream->avg_frame_rate = from->streams[i]->avg_frame_rate;
  }
}

void retime(AVPacket* packet, AVRational from, AVRational to, const PacketTimes& times) {
  av_packet_rescale_ts(packet, from, to);
  packet->pts = std::llround(times.pts_s / av_q2d(to));
  packet->dts = std::llround(times.dts_s / av_q2d(to));
}

void copy_packets(AVFormatContext* from, AVFormatContext* to,
                  const std::function<void(PacketTimes&)>& change) {
  AVPacket* packet = av_packet_alloc();
  std::array<std::int64_t, 8> numbers{};
  while (av_read_frame(from, packet) >= 0) {
    const AVStream* stream = from->streams[packet->stream_index];
    const double base = av_q2d(stream->time_base);
    PacketTimes times;
    const bool video = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    times.track = video ? TrackKind::Video : TrackKind::Audio;
    times.number = numbers.at(static_cast<std::size_t>(packet->stream_index))++;
    times.pts_s = static_cast<double>(packet->pts) * base;
    times.dts_s = static_cast<double>(packet->dts) * base;
    if (change) change(times);
    retime(packet, stream->time_base, to->streams[packet->stream_index]->time_base, times);
    if (!times.left_out) {
      EXPECT_GE(av_interleaved_write_frame(to, packet), 0);
    }
    av_packet_unref(packet);
  }
  av_packet_free(&packet);
}

}  // namespace

void copy_retimed(const std::filesystem::path& from, const std::filesystem::path& to,
                  const std::function<void(PacketTimes&)>& change) {
  AVFormatContext* input = nullptr;
  AVFormatContext* output = nullptr;
  ASSERT_EQ(avformat_open_input(&input, from.c_str(), nullptr, nullptr), 0);
  ASSERT_GE(avformat_find_stream_info(input, nullptr), 0);
  ASSERT_GE(avformat_alloc_output_context2(&output, nullptr, nullptr, to.c_str()), 0);
  ASSERT_GE(avio_open(&output->pb, to.c_str(), AVIO_FLAG_WRITE), 0);
  add_streams(input, output);
  ASSERT_GE(avformat_write_header(output, nullptr), 0);
  copy_packets(input, output, change);
  EXPECT_EQ(av_write_trailer(output), 0);
  avio_closep(&output->pb);
  avformat_free_context(output);
  avformat_close_input(&input);
}

void join_files(const std::vector<std::filesystem::path>& parts, const std::filesystem::path& to) {
  std::ofstream joined(to, std::ios::binary);
  for (const std::filesystem::path& part : parts) {
    joined << std::ifstream(part, std::ios::binary).rdbuf();
  }
}

}  // namespace streamkit::media
