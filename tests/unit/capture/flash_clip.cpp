#include "flash_clip.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/ffmpeg_handles.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::capture {
namespace {

constexpr int kRate = 48'000;
constexpr int kFramesPerSecond = 30;

VideoFrame draw(const VideoFormat& format, std::int64_t n) {
  static FramePool pool;
  WritableFrame frame = pool.acquire(format);
  const bool flash = n % kFramesPerSecond < kFramesPerSecond / 10;
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      const int value = p > 0 ? 128 : flash ? 235 : 16;
      std::fill_n(plane.row(y), plane.width_px, static_cast<std::uint8_t>(value));
    }
  }
  const MediaTime pts = format.frame_rate.time_of(n);
  return std::move(frame).publish(pts, format.frame_rate.time_of(n + 1) - pts);
}

AudioFrame tone(std::int64_t frame) {
  AudioFrame run;
  run.sample_count = kRate / kFramesPerSecond;
  const std::int64_t first = frame * run.sample_count;
  run.pts = from_ticks(first, 1, kRate);
  for (int channel = 0; channel < 2; ++channel) {
    for (int i = 0; i < run.sample_count; ++i) {
      const std::int64_t at = (first + i) % kRate;
      const double value = at < kRate / 10 ? 0.8 * std::sin(2 * M_PI * 880 * at / kRate) : 0;
      run.samples.push_back(static_cast<float>(value));
    }
  }
  return run;
}

void write_clip(const std::filesystem::path& path, int seconds) {
  media::EncoderOptions options;
  options.chunk_duration = std::chrono::seconds(1);
  options.preset = "ultrafast";
  options.threads = 1;
  const VideoFormat format = media::small_format();
  auto encoder = media::open_encoder(options, format, AudioFormat{});
  auto muxer = media::FileMuxer::create(path, {.format = "ts"});
  ASSERT_TRUE(encoder) << to_string(encoder.error());
  ASSERT_TRUE(muxer) << to_string(muxer.error());
  ASSERT_TRUE((*muxer)->open((*encoder)->tracks()));
  const auto write = [&](Result<std::vector<Packet>> packets) {
    ASSERT_TRUE(packets);
    for (Packet& packet : *packets) ASSERT_TRUE((*muxer)->write(std::move(packet)));
  };
  for (std::int64_t n = 0; n < std::int64_t{seconds} * kFramesPerSecond; ++n) {
    write((*encoder)->push(draw(format, n)));
    write((*encoder)->push(tone(n)));
  }
  write((*encoder)->flush());
  ASSERT_TRUE((*muxer)->finish());
}

std::vector<FlashClip::Mark> read_marks(const std::filesystem::path& path) {
  std::vector<FlashClip::Mark> marks;
  AVFormatContext* file = nullptr;
  if (avformat_open_input(&file, path.c_str(), nullptr, nullptr) < 0) return marks;
  media::PacketPtr packet(av_packet_alloc());
  std::optional<MediaTime> first;
  while (av_read_frame(file, packet.get()) >= 0) {
    const AVStream* stream = file->streams[packet->stream_index];
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && packet->pos > 0) {
      const MediaTime time = media::to_media_time(packet->dts, stream->time_base);
      if (!first) first = time;
      marks.push_back({time - *first, static_cast<std::size_t>(packet->pos)});
    }
    av_packet_unref(packet.get());
  }
  avformat_close_input(&file);
  return marks;
}

}  // namespace

FlashClip::FlashClip(int seconds) {
  static std::atomic<int> number = 0;
  path_ =
      std::filesystem::temp_directory_path() /
      ("streamkit-flash-" + std::to_string(::getpid()) + "-" + std::to_string(number++) + ".ts");
  write_clip(path_, seconds);
  std::ifstream file(path_, std::ios::binary);
  bytes_.assign(std::istreambuf_iterator<char>(file), {});
  marks_ = read_marks(path_);
}

FlashClip::~FlashClip() { std::filesystem::remove(path_); }

bool is_flash(const VideoFrame& frame) { return frame.planes[0].row(8)[8] > 128; }

std::optional<CaptureTime> tone_begin(const LiveAudio& run) {
  for (int i = 0; i < run.frame.sample_count; ++i) {
    if (std::abs(run.frame.samples[static_cast<std::size_t>(i)]) < 0.2F) continue;
    return run.time + std::chrono::nanoseconds(std::int64_t{i} * 1'000'000'000 / kRate);
  }
  return {};
}

}  // namespace streamkit::capture
