#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<Encoder> open(const EncoderOptions& options, const VideoFormat& format) {
  auto encoder = open_encoder(options, format, AudioFormat{});
  EXPECT_TRUE(encoder) << to_string(encoder.error());
  return std::move(*encoder);
}

// A frame that no encoder can predict.
VideoFrame make_noise(const VideoFormat& format, std::int64_t n) {
  FramePool pool;
  WritableFrame frame = pool.acquire(format);
  std::minstd_rand random(static_cast<std::uint32_t>(n + 1));
  for (int plane = 0; plane < 3; ++plane) {
    const WritablePlane& pixels = frame.plane(plane);
    for (int y = 0; y < pixels.height_px; ++y) {
      for (int x = 0; x < pixels.width_px; ++x) {
        pixels.row(y)[x] = static_cast<std::uint8_t>(112 + random() % 16);
      }
    }
  }
  return std::move(frame).publish(format.frame_rate.time_of(n), format.frame_rate.frame_duration());
}

// The NAL unit types of an Annex B access unit.
std::set<int> nal_types(const Bytes& data) {
  std::set<int> types;
  for (std::size_t i = 0; i + 3 < data.size(); ++i) {
    if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) types.insert(data[i + 3] & 0x1f);
  }
  return types;
}

TEST(StreamEncoder, PutsAnIdrWithParameterSetsAtEveryBoundaryAndNowhereElse) {
  for (const FrameRate rate : {FrameRate{24, 1}, FrameRate{30000, 1001}, FrameRate{50, 1}}) {
    EncoderOptions options;
    options.chunk_duration = milliseconds(700);
    const VideoFormat format = small_format(rate);
    const auto packets = encode(*open(options, format), format, 100);
    const ChunkGrid grid{options.chunk_duration};
    MediaTime previous{-1};
    for (const Packet& packet : only(packets, TrackKind::Video)) {
      const bool boundary = previous < MediaTime{0} || grid.starts_chunk(previous, packet.pts);
      EXPECT_EQ(packet.keyframe, boundary) << to_seconds(packet.pts);
      if (boundary) {
        const auto types = nal_types(packet.data);
        EXPECT_TRUE(types.contains(5) && types.contains(7) && types.contains(8));
      }
      previous = packet.pts;
    }
  }
}

TEST(StreamEncoder, KeepsEveryTimestampExactly) {
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{24000, 1001}, FrameRate{60000, 1001}}) {
    const VideoFormat format = small_format(rate);
    const auto video = only(encode(*open({}, format), format, 90), TrackKind::Video);
    ASSERT_EQ(video.size(), 90u);
    for (std::size_t n = 0; n < video.size(); ++n) {
      EXPECT_EQ(video[n].pts, rate.time_of(static_cast<std::int64_t>(n)));
      EXPECT_EQ(video[n].dts, video[n].pts);
    }
  }
}

TEST(StreamEncoder, ReordersWithBFramesWithoutLosingATimestamp) {
  EncoderOptions options;
  options.b_frames = 3;
  options.preset = "medium";
  options.chunk_duration = MediaTime{0};
  const VideoFormat format = small_format();
  const auto video = only(encode(*open(options, format), format, 60), TrackKind::Video);
  std::set<MediaTime> times;
  MediaTime last_dts = MediaTime::min();
  bool reordered = false;
  for (const Packet& packet : video) {
    times.insert(packet.pts);
    EXPECT_GT(packet.dts, last_dts);
    EXPECT_LE(packet.dts, packet.pts);
    reordered = reordered || packet.dts != packet.pts;
    last_dts = packet.dts;
  }
  EXPECT_EQ(times.size(), 60u);
  EXPECT_EQ(*times.rbegin(), format.frame_rate.time_of(59));
  EXPECT_TRUE(reordered);
}

TEST(StreamEncoder, SoundStartsAtZeroInWholePackets) {
  const VideoFormat format = small_format();
  const auto encoder = open({}, format);
  ASSERT_TRUE(encoder->tracks().audio);
  EXPECT_FALSE(encoder->tracks().audio->codec_config.empty());
  const auto audio = only(encode(*encoder, format, 31), TrackKind::Audio);
  // 31 frames are 49,600 samples: 48.4 packets, the last one filled up.
  ASSERT_EQ(audio.size(), 49u);
  for (std::size_t i = 0; i < audio.size(); ++i) {
    EXPECT_EQ(audio[i].pts, from_ticks(static_cast<std::int64_t>(i) * 1024, 1, 48'000));
    EXPECT_EQ(audio[i].duration, from_ticks(1024, 1, 48'000));
  }
}

TEST(StreamEncoder, ScalesDownInProportionAndNeverUp) {
  VideoFormat format = small_format();
  EncoderOptions options;
  options.height_px = 32;
  EXPECT_EQ(open(options, format)->tracks().video->format.width_px, 48);
  const auto packets = encode(*open(options, format), format, 3);
  EXPECT_EQ(only(packets, TrackKind::Video).size(), 3u);
  options.height_px = 720;
  EXPECT_EQ(open(options, format)->tracks().video->format.height_px, 64);
}

TEST(StreamEncoder, HoldsItsBitRate) {
  EncoderOptions options;
  options.video_bit_rate_bps = 100'000;
  VideoFormat format = small_format();
  format.width_px = 320;
  format.height_px = 240;
  std::size_t bytes = 0;
  for (const Packet& packet : only(encode(*open(options, format), format, 150), TrackKind::Video)) {
    bytes += packet.data.size();
  }
  EXPECT_LT(static_cast<double>(bytes) * 8 / 5.0, 150'000.0);
}

TEST(StreamEncoder, ChangesItsBitRateAtTheNextBoundary) {
  EncoderOptions options;
  options.chunk_duration = milliseconds(1000);
  options.video_bit_rate_bps = 1'000'000;
  VideoFormat format = small_format();
  format.width_px = 320;
  format.height_px = 240;
  const auto encoder = open_encoder(options, format);
  ASSERT_TRUE(encoder);
  std::vector<Packet> packets;
  const auto add = [&](Result<std::vector<Packet>> more) {
    ASSERT_TRUE(more);
    packets.insert(packets.end(), more->begin(), more->end());
  };
  for (std::int64_t n = 0; n < 360; ++n) {
    // Asked in the middle of a chunk: 4 s at 1 Mbit/s, 4 s at 0.25, 4 s at 1 again.
    if (n == 105) {
      ASSERT_TRUE((*encoder)->set_video_bit_rate(250'000));
    }
    if (n == 225) {
      ASSERT_TRUE((*encoder)->set_video_bit_rate(1'000'000));
    }
    add((*encoder)->push(make_noise(format, n)));
  }
  add((*encoder)->flush());
  ASSERT_EQ(packets.size(), 360u);
  std::array<double, 12> kilobits{};
  for (const Packet& packet : packets) {
    const auto second = static_cast<std::size_t>(to_seconds(packet.pts) + 1e-6);
    kilobits.at(second) += static_cast<double>(packet.data.size()) * 8 / 1000;
    EXPECT_EQ(packet.keyframe, packet.pts == MediaTime(std::chrono::seconds(second)));
  }
  // The rate control takes up to a second to follow.
  for (const std::size_t second : {1u, 2u, 3u, 10u, 11u}) {
    EXPECT_GT(kilobits[second], 600) << second;
    EXPECT_LT(kilobits[second], 1500) << second;
  }
  for (const std::size_t second : {5u, 6u, 7u}) EXPECT_LT(kilobits[second], 500) << second;
}

TEST(StreamEncoder, RejectsABitRateThatItCannotHave) {
  const VideoFormat format = small_format();
  EncoderOptions options;
  EXPECT_EQ(open(options, format)->set_video_bit_rate(100'000).error().code,
            ErrorCode::Unsupported);
  options.video_bit_rate_bps = 100'000;
  EXPECT_EQ(open(options, format)->set_video_bit_rate(9'999).error().code,
            ErrorCode::InvalidArgument);
}

TEST(StreamEncoder, AStreamMayBeginLaterThanZero) {
  const VideoFormat format = small_format();
  const auto encoder = open({}, format);
  const MediaTime start = std::chrono::seconds(35);
  std::vector<Packet> audio;
  for (std::int64_t n = 0; n < 10; ++n) {
    VideoFrame frame = make_picture(format, n);
    frame.pts += start;
    ASSERT_TRUE(encoder->push(frame));
    AudioFrame tone = make_tone(n * 1600, 1600);
    tone.pts += start;
    auto encoded = encoder->push(tone);
    ASSERT_TRUE(encoded);
    for (Packet& packet : *encoded) {
      if (packet.track == TrackKind::Audio) audio.push_back(std::move(packet));
    }
  }
  ASSERT_FALSE(audio.empty());
  EXPECT_EQ(audio[0].pts, start);
  EXPECT_EQ(audio[1].pts, start + from_ticks(1024, 1, 48'000));
}

TEST(StreamEncoder, NamesTheSettingThatIsWrong) {
  const auto message = [](auto change) {
    EncoderOptions options;
    VideoFormat format = small_format();
    change(options, format);
    const auto encoder = open_encoder(options, format, AudioFormat{});
    if (encoder) return std::string("opened");
    EXPECT_EQ(encoder.error().code, ErrorCode::InvalidArgument);
    return encoder.error().message;
  };
  using C = EncoderOptions;
  using F = VideoFormat;
  EXPECT_NE(message([](C& c, F&) { c.preset = "fastest"; }).find("fastest"), std::string::npos);
  EXPECT_NE(message([](C& c, F&) { c.crf = 52; }).find("crf"), std::string::npos);
  EXPECT_NE(message([](C& c, F&) { c.chunk_duration = milliseconds(499); }).find("chunk"),
            std::string::npos);
  EXPECT_NE(message([](C& c, F&) { c.video_bit_rate_bps = 0; }).find("bit rate"),
            std::string::npos);
  EXPECT_NE(message([](C& c, F&) { c.height_px = 721; }).find("height"), std::string::npos);
  EXPECT_NE(message([](C&, F& f) { f.width_px = 95; }).find("95x64"), std::string::npos);
  EXPECT_NE(message([](C&, F& f) { f.frame_rate.den = 0; }).find("frame rate"), std::string::npos);
}

TEST(StreamEncoder, RefusesPicturesThatDoNotFit) {
  const VideoFormat format = small_format();
  const auto encoder = open({}, format);
  ASSERT_TRUE(encoder->push(make_picture(format, 1)));
  EXPECT_EQ(encoder->push(make_picture(format, 1)).error().code, ErrorCode::InvalidArgument);
  VideoFormat other = format;
  other.width_px = 48;
  EXPECT_EQ(encoder->push(make_picture(other, 2)).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(encoder->push(make_tone(0, 8, {44'100, 2})).error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::media
