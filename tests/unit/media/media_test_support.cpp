#include "media/media_test_support.hpp"

#include <algorithm>
#include <cmath>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/stream_encoder.hpp>

namespace streamkit::media {
namespace {

template <typename Luma>
VideoFrame drawn(const VideoFormat& format, std::int64_t n, Luma luma) {
  static FramePool pool;
  WritableFrame frame = pool.acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        plane.row(y)[x] = static_cast<std::uint8_t>(p == 0 ? luma(x, y) : 128);
      }
    }
  }
  const MediaTime pts = format.frame_rate.time_of(n);
  return std::move(frame).publish(pts, format.frame_rate.time_of(n + 1) - pts);
}

}  // namespace

VideoFrame make_picture(const VideoFormat& format, std::int64_t n) {
  return drawn(format, n, [n](int x, int y) { return 40 + (x + 2 * y + 3 * n) % 160; });
}

VideoFrame make_landscape(const VideoFormat& format, std::int64_t n) {
  const int horizon = format.height_px / 3;
  const auto post = static_cast<int>(n) % format.width_px;
  return drawn(format, n, [=](int x, int y) {
    if (x >= post && x < post + 8 && y > horizon - 10 && y < 2 * horizon) return 230;
    if (y < horizon) return 180 - y;
    return 60 + (x * 7919 + y * 104729) % 89 * (y - horizon) / format.height_px;
  });
}

AudioFrame make_tone(std::int64_t first, int count, AudioFormat format) {
  AudioFrame frame;
  frame.pts = from_ticks(first, 1, format.sample_rate_hz);
  frame.format = format;
  frame.sample_count = count;
  for (int channel = 0; channel < format.channels; ++channel) {
    for (int i = 0; i < count; ++i) {
      const double seconds = static_cast<double>(first + i) / format.sample_rate_hz;
      frame.samples.push_back(static_cast<float>(0.2 * std::sin(2 * M_PI * 440 * seconds)));
    }
  }
  return frame;
}

std::vector<Packet> encode(
    Encoder& encoder, const VideoFormat& format, std::int64_t frames,
    const std::function<VideoFrame(const VideoFormat&, std::int64_t)>& draw) {
  std::vector<Packet> all;
  const auto take = [&](Result<std::vector<Packet>> packets) {
    ASSERT_TRUE(packets) << to_string(packets.error());
    for (Packet& packet : *packets) all.push_back(std::move(packet));
  };
  const bool sound = encoder.tracks().audio.has_value();
  std::int64_t sample = 0;
  for (std::int64_t n = 0; n < frames; ++n) {
    take(encoder.push(draw(format, n)));
    const std::int64_t end = to_ticks(format.frame_rate.time_of(n + 1), 1, 48'000);
    if (sound) take(encoder.push(make_tone(sample, static_cast<int>(end - sample))));
    sample = end;
  }
  take(encoder.flush());
  return all;
}

void write_video_file(const std::filesystem::path& path, std::int64_t frames, int b_frames) {
  EncoderOptions options;
  options.chunk_duration = MediaTime{0};
  options.preset = "veryfast";
  options.b_frames = b_frames;
  const VideoFormat format = small_format();
  auto encoder = open_encoder(options, format, AudioFormat{});
  auto muxer = FileMuxer::create(path);
  ASSERT_TRUE(encoder);
  ASSERT_TRUE(muxer);
  EXPECT_TRUE((*muxer)->open((*encoder)->tracks()));
  for (Packet& packet : encode(**encoder, format, frames)) {
    EXPECT_TRUE((*muxer)->write(std::move(packet)));
  }
  EXPECT_TRUE((*muxer)->finish());
}

ReadBack read_all(Bytes file) {
  ReadBack back;
  auto reader = open_media_bytes(std::move(file));
  if (!reader) {
    ADD_FAILURE() << to_string(reader.error());
    return back;
  }
  back.info = (*reader)->info();
  for (;;) {
    auto item = (*reader)->read({});
    if (!item) {
      ADD_FAILURE() << to_string(item.error());
      return back;
    }
    if (std::holds_alternative<EndOfStream>(*item)) return back;
    if (auto* picture = std::get_if<VideoFrame>(&*item)) {
      back.pictures.push_back(*picture);
    } else {
      back.sound.push_back(std::get<Packet>(std::move(*item)));
    }
  }
}

std::vector<Packet> read_packets(PacketSource& source) {
  std::vector<Packet> packets;
  for (;;) {
    auto item = source.read({});
    if (!item) ADD_FAILURE() << to_string(item.error());
    if (!item || std::holds_alternative<EndOfStream>(*item)) return packets;
    packets.push_back(std::get<Packet>(std::move(*item)));
  }
}

std::vector<VideoFrame> decode(Decoder& decoder, const std::vector<Packet>& packets) {
  std::vector<VideoFrame> all;
  const auto take = [&](Result<std::vector<VideoFrame>> frames) {
    if (!frames) ADD_FAILURE() << to_string(frames.error());
    if (frames) all.insert(all.end(), frames->begin(), frames->end());
  };
  for (const Packet& packet : packets) take(decoder.push(packet));
  take(decoder.flush());
  return all;
}

bool same_pixels(const VideoFrame& one, const VideoFrame& other) {
  for (std::size_t i = 0; i < 3; ++i) {
    const VideoPlane& plane = one.planes[i];
    for (int y = 0; y < plane.height_px; ++y) {
      if (!std::equal(plane.row(y), plane.row(y) + plane.width_px, other.planes[i].row(y))) {
        return false;
      }
    }
  }
  return one.format == other.format;
}

std::vector<Packet> only(const std::vector<Packet>& packets, TrackKind track) {
  std::vector<Packet> chosen;
  for (const Packet& packet : packets) {
    if (packet.track == track) chosen.push_back(packet);
  }
  return chosen;
}

}  // namespace streamkit::media
