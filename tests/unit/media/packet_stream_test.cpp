#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/cmaf_packager.hpp>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/packet_stream.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/cmaf_test_support.hpp"
#include "media/elementary_stream.hpp"
#include "media/media_test_support.hpp"
#include "media/retimed_file.hpp"
#include "media/wrapped_clock.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Gives bytes in parts of some size, then an end or an error.
class FakeBytes final : public ByteSource {
 public:
  explicit FakeBytes(Bytes bytes, std::size_t at_most = 1316)
      : bytes_(std::move(bytes)), at_most_(at_most) {}
  void end_with(Error error) { error_ = std::move(error); }
  void stop_at(std::size_t offset, std::stop_source stop) {
    stop_at_ = offset;
    stop_ = std::move(stop);
  }

  Result<std::size_t> read(std::span<std::uint8_t> into, std::stop_token stop) override {
    if (stop_at_ && at_ >= *stop_at_) {
      stop_at_.reset();
      stop_.request_stop();
    }
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    const std::size_t count = std::min({into.size(), at_most_, bytes_.size() - at_});
    if (count == 0 && error_) return *error_;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }

 private:
  const Bytes bytes_;
  const std::size_t at_most_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
  std::optional<std::size_t> stop_at_;
  std::stop_source stop_;
};

class PacketStream : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("packet_stream_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Bytes read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
  }
  // MPEG-TS of pictures and a tone, changed as asked.
  Bytes transport(std::int64_t frames, int b_frames = 0,
                  const std::function<void(PacketTimes&)>& change = {}) {
    write_video_file(folder_ / "in.mp4", frames, b_frames);
    copy_retimed(folder_ / "in.mp4", folder_ / "out.ts", change);
    return read_file(folder_ / "out.ts");
  }

  fs::path folder_;
};

std::unique_ptr<PacketSource> open_bytes(ByteSource& bytes,
                                         const PacketStreamOptions& options = {}) {
  auto source = open_packet_stream(bytes, {}, options);
  if (source) return std::move(*source);
  ADD_FAILURE() << to_string(source.error());
  return nullptr;
}

TEST_F(PacketStream, GivesThePacketsOfTheStream) {
  for (const int b_frames : {0, 2}) {
    FakeBytes bytes(transport(100, b_frames));
    const auto source = open_bytes(bytes);
    ASSERT_NE(source, nullptr);
    ASSERT_TRUE(source->tracks().video);
    EXPECT_EQ(source->tracks().video->codec, "h264");
    EXPECT_EQ(source->tracks().video->format.width_px, 96);
    EXPECT_EQ(source->tracks().video->format.height_px, 64);
    EXPECT_NEAR(source->tracks().video->format.frame_rate.hz(), 30, 0.05);
    ASSERT_TRUE(source->tracks().audio);
    EXPECT_EQ(source->tracks().audio->format, (AudioFormat{48'000, 2}));
    EXPECT_EQ(source->tracks().audio->codec_config, (Bytes{0x11, 0x90}));
    const auto packets = read_packets(*source);
    const auto video = only(packets, TrackKind::Video);
    const auto audio = only(packets, TrackKind::Audio);
    ASSERT_EQ(video.size(), 100u);
    EXPECT_TRUE(video[0].keyframe);
    EXPECT_GE(audio.size(), 155u);
    for (std::size_t i = 1; i < video.size(); ++i) EXPECT_GT(video[i].dts, video[i - 1].dts);
    for (std::size_t i = 1; i < audio.size(); ++i) {
      EXPECT_NEAR(to_seconds(audio[i].pts - audio[i - 1].pts), 1024 / 48'000.0, 0.00003);
    }
    EXPECT_FALSE(source->damaged());
    EXPECT_TRUE(std::holds_alternative<EndOfStream>(*source->read({}))) << "again";
    // The packets are what the configuration says: they can be decoded.
    EXPECT_EQ(decode(**open_decoder(*source->tracks().video), packets).size(), 100u);
  }
}

TEST_F(PacketStream, TimesContinueWhenTheCounterOverflows) {
  // 2^33 ticks of 90 kHz are 95443.717 s.
  const auto late = [](PacketTimes& times) {
    times.pts_s += 95'442;
    times.dts_s += 95'442;
  };
  FakeBytes bytes(transport(120, 2, late));
  const auto source = open_bytes(bytes);
  ASSERT_NE(source, nullptr);
  const auto packets = read_packets(*source);
  const auto video = only(packets, TrackKind::Video);
  const auto audio = only(packets, TrackKind::Audio);
  ASSERT_EQ(video.size(), 120u);
  for (std::size_t i = 1; i < video.size(); ++i) {
    EXPECT_NEAR(to_seconds(video[i].dts - video[i - 1].dts), 1 / 30.0, 0.002) << i;
    EXPECT_LE(std::chrono::abs(video[i].pts - video[i].dts), MediaTime(milliseconds(200)));
  }
  for (std::size_t i = 1; i < audio.size(); ++i) {
    EXPECT_NEAR(to_seconds(audio[i].pts - audio[i - 1].pts), 1024 / 48'000.0, 0.00003);
  }
  EXPECT_NEAR(to_seconds(audio[0].pts), to_seconds(video[0].pts), 0.2);
}

TEST(WrappedClock, ContinuesThroughAnyNumberOfOverflows) {
  WrappedClock clock;
  constexpr std::int64_t kRange = std::int64_t{1} << 33;
  constexpr std::int64_t kStep = 90'000 * 1000;
  std::int64_t last = clock.unwrap(kRange - 5);
  for (std::int64_t n = 1; n < 1000; ++n) {
    const std::int64_t next = clock.unwrap((kRange - 5 + n * kStep) % kRange);
    EXPECT_EQ(next - last, kStep);
    last = next;
  }
  EXPECT_EQ(clock.unwrap((last - 90) % kRange), last - 90) << "backwards a little";
  EXPECT_EQ(WrappedClock::nearest(3, kRange - 2), kRange + 3);
  EXPECT_EQ(WrappedClock::nearest(kRange - 3, kRange + 2), kRange - 3);
}

TEST(AdtsSplitter, FramesGoAcrossPackets) {
  Bytes stream;
  for (const std::size_t size : {20u, 300u, 9u}) {
    const std::size_t length = size + 7;
    const Bytes header = {0xFF,
                          0xF1,
                          0x4C,
                          static_cast<std::uint8_t>(0x80 | length >> 11),
                          static_cast<std::uint8_t>(length >> 3),
                          static_cast<std::uint8_t>((length & 7) << 5 | 0x1F),
                          0xFC};
    stream.insert(stream.end(), header.begin(), header.end());
    stream.insert(stream.end(), size, static_cast<std::uint8_t>(size));
  }
  for (const std::size_t step : {1u, 5u, 64u, 1000u}) {
    AdtsSplitter splitter;
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      const std::size_t count = std::min<std::size_t>(step, stream.size() - at);
      for (const Bytes& frame : splitter.push({stream.data() + at, count})) {
        sizes.push_back(frame.size());
      }
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{27, 307, 16})) << step;
    EXPECT_FALSE(splitter.damaged());
    EXPECT_FALSE(splitter.is_within_frame());
  }
  AdtsSplitter splitter;
  stream.insert(stream.begin(), {1, 2, 3});
  EXPECT_EQ(splitter.push(stream).size(), 3u);
  EXPECT_TRUE(splitter.damaged());
}

TEST(SplitPictures, DelimitersSeparateThem) {
  const Bytes one = {0, 0, 0, 1, 9, 0xF0, 0, 0, 0, 1, 0x65, 7, 7};
  Bytes two = one;
  two.insert(two.end(), one.begin(), one.end());
  EXPECT_EQ(split_pictures(one, VideoCodec::H264).size(), 1u);
  const auto pictures = split_pictures(two, VideoCodec::H264);
  ASSERT_EQ(pictures.size(), 2u);
  for (const auto picture : pictures) EXPECT_EQ(Bytes(picture.begin(), picture.end()), one);
  EXPECT_EQ(split_pictures(Bytes{1, 2}, VideoCodec::Hevc).size(), 1u);
}

TEST_F(PacketStream, GoesIntoThePackager) {
  FakeBytes bytes(transport(100, 2));
  const auto source = open_bytes(bytes);
  ASSERT_NE(source, nullptr);
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(source->tracks()), sink);
  const auto packets = read_packets(*source);
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  const auto video = only(packets, TrackKind::Video);
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), video.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].pts - back[0].pts, video[i].pts - video[0].pts) << i;
    EXPECT_EQ(units_of(back[i], Bytes{1, 0x64, 0, 0x1F, 0xFF, 0xE0, 0}), units_of(video[i], {}));
  }
}

TEST_F(PacketStream, StartsAtAKeyframeInTheMiddle) {
  const Bytes whole = transport(600);
  FakeBytes bytes(
      Bytes(whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 5 + 77), whole.end()));
  const auto source = open_bytes(bytes);
  ASSERT_NE(source, nullptr);
  const auto video = only(read_packets(*source), TrackKind::Video);
  ASSERT_FALSE(video.empty());
  EXPECT_TRUE(video[0].keyframe);
  EXPECT_LT(video.size(), 600u);
}

TEST_F(PacketStream, StepsOverGarbage) {
  Bytes damaged = transport(600);
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 3000; ++i) {
    damaged[i] = static_cast<std::uint8_t>(i * 31);
  }
  damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(damaged.size() / 4),
                damaged.begin() + static_cast<std::ptrdiff_t>(damaged.size() / 4 + 100));
  FakeBytes bytes(damaged, 700);
  const auto source = open_bytes(bytes);
  ASSERT_NE(source, nullptr);
  EXPECT_GT(only(read_packets(*source), TrackKind::Video).size(), 400u);
}

TEST_F(PacketStream, RejectsWhatIsNotATransportStream) {
  const auto code = [](Bytes data) {
    FakeBytes bytes(std::move(data));
    const auto source = open_packet_stream(bytes, {});
    return source ? ErrorCode::Internal : source.error().code;
  };
  EXPECT_EQ(code({}), ErrorCode::CorruptData);
  EXPECT_EQ(code(Bytes(300'000, 7)), ErrorCode::CorruptData);
  Bytes noise(300'000);
  for (std::size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<std::uint8_t>((i * 2'654'435'761U) >> 13);
  }
  EXPECT_EQ(code(noise), ErrorCode::CorruptData);
  const Bytes whole = transport(30);
  EXPECT_EQ(code(Bytes(whole.begin(), whole.begin() + 188)), ErrorCode::CorruptData);
}

TEST_F(PacketStream, ATruncatedStreamEndsOrReportsWhy) {
  const Bytes whole = transport(100);
  const Bytes half(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2));
  FakeBytes ended(half);
  EXPECT_GT(read_packets(*open_bytes(ended)).size(), 50u);
  FakeBytes gone(half);
  gone.end_with({ErrorCode::Unavailable, "the peer is gone"});
  const auto source = open_bytes(gone);
  ASSERT_NE(source, nullptr);
  for (int i = 0; i < 1000; ++i) {
    const auto item = source->read({});
    if (item) continue;
    EXPECT_EQ(item.error().code, ErrorCode::Unavailable);
    return;
  }
  FAIL() << "the error was not reported";
}

TEST_F(PacketStream, AStopEndsTheWaitAndReadingContinues) {
  const Bytes whole = transport(300);
  FakeBytes bytes(whole);
  const auto source = open_bytes(bytes);
  ASSERT_NE(source, nullptr);
  std::stop_source stop;
  bytes.stop_at(whole.size() / 2 / 188 * 188, stop);
  std::size_t frames = 0;
  bool stopped = false;
  for (;;) {
    const auto item = stopped ? source->read({}) : source->read(stop.get_token());
    if (!item) {
      EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
      EXPECT_FALSE(stopped);
      stopped = true;
      continue;
    }
    if (std::holds_alternative<EndOfStream>(*item)) break;
    if (std::get<Packet>(*item).track == TrackKind::Video) ++frames;
  }
  EXPECT_TRUE(stopped);
  EXPECT_GT(frames, 290u);
}

TEST_F(PacketStream, OneTrackAloneStarts) {
  for (const TrackKind missing : {TrackKind::Audio, TrackKind::Video}) {
    // The tables announce both tracks, but one does not come.
    const auto leave_out = [missing](PacketTimes& times) {
      times.left_out = times.track == missing;
    };
    FakeBytes bytes(transport(150, 0, leave_out));
    const auto source = open_bytes(bytes);
    ASSERT_NE(source, nullptr);
    EXPECT_EQ(source->tracks().video.has_value(), missing != TrackKind::Video);
    EXPECT_EQ(source->tracks().audio.has_value(), missing != TrackKind::Audio);
    EXPECT_GE(read_packets(*source).size(), 150u);
  }
}

}  // namespace
}  // namespace streamkit::media
