#include <gtest/gtest.h>

#include <streamkit/media/decoder.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <utility>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

struct Stored {
  Tracks tracks;
  std::vector<Packet> packets;
  Bytes file;
};

Stored store(std::int64_t frames, bool with_sound = true) {
  const VideoFormat format = small_format();
  EncoderOptions options;
  options.preset = "veryfast";
  auto encoder =
      open_encoder(options, format, with_sound ? std::optional(AudioFormat{}) : std::nullopt);
  const auto muxer = SegmentMuxer::create();
  Stored stored{(*encoder)->tracks(), encode(**encoder, format, frames), {}};
  EXPECT_TRUE(muxer->open(stored.tracks));
  for (const Packet& packet : stored.packets) EXPECT_TRUE(muxer->write(packet));
  auto chunk = muxer->finish();
  if (!chunk) ADD_FAILURE() << to_string(chunk.error());
  if (chunk) stored.file = std::move(chunk->data);
  return stored;
}

TEST(PacketSource, GivesBackThePacketsThatWereMuxed) {
  const Stored stored = store(45);
  auto source = open_packet_source(stored.file);
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->tracks().video->codec, "h264");
  EXPECT_EQ((*source)->tracks().video->format, small_format());
  EXPECT_FALSE((*source)->tracks().video->codec_config.empty());
  EXPECT_EQ((*source)->tracks().audio->codec, "aac");
  const std::vector<Packet> packets = read_packets(**source);
  for (const TrackKind track : {TrackKind::Video, TrackKind::Audio}) {
    const std::vector<Packet> expected = only(stored.packets, track);
    const std::vector<Packet> found = only(packets, track);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].pts, expected[i].pts) << i;
      EXPECT_EQ(found[i].dts, expected[i].dts) << i;
      EXPECT_EQ(found[i].duration, expected[i].duration) << i;
      EXPECT_EQ(found[i].keyframe, expected[i].keyframe) << i;
      EXPECT_FALSE(found[i].data.empty());
    }
  }
  EXPECT_FALSE((*source)->damaged());
  EXPECT_TRUE(std::holds_alternative<EndOfStream>(*(*source)->read({}))) << "again";
}

TEST(PacketSource, StopsWhenAskedAndGoesOnAfterwards) {
  const Stored stored = store(5);
  auto source = open_packet_source(stored.file);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ((*source)->read(stop.get_token()).error().code, ErrorCode::Cancelled);
  EXPECT_EQ(only(read_packets(**source), TrackKind::Video).size(), 5u);
}

TEST(PacketSource, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(open_packet_source(std::filesystem::path("absent.mp4")).error().code,
            ErrorCode::NotFound);
  EXPECT_EQ(open_packet_source(Bytes(1000, 7)).error().code, ErrorCode::CorruptData);
}

TEST(Decoder, TakesTheEncodersPacketsWithoutAContainer) {
  const Stored stored = store(20, false);
  auto decoder = open_decoder(*stored.tracks.video);
  ASSERT_TRUE(decoder);
  const std::vector<VideoFrame> frames = decode(**decoder, stored.packets);
  ASSERT_EQ(frames.size(), 20u);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].pts, small_format().frame_rate.time_of(static_cast<std::int64_t>(i)));
  }
}

TEST(Decoder, TurnsFramesUpright) {
  const Stored stored = store(3, false);
  VideoTrack track = *stored.tracks.video;
  const auto plain = decode(**open_decoder(track), stored.packets);
  track.orientation.rotation_degrees = 90;
  std::swap(track.format.width_px, track.format.height_px);
  const auto turned = decode(**open_decoder(track), stored.packets);
  ASSERT_EQ(turned.size(), 3u);
  EXPECT_EQ(turned[0].format.width_px, 64);
  EXPECT_EQ(turned[0].format.height_px, 96);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 96; ++x) {
      ASSERT_EQ(turned[0].planes[0].row(x)[63 - y], plain[0].planes[0].row(y)[x]);
    }
  }
}

TEST(Decoder, SkipsADamagedPacket) {
  Stored stored = store(20, false);
  auto decoder = open_decoder(*stored.tracks.video);
  stored.packets.insert(stored.packets.begin() + 1, Packet{.data = Bytes(50, 0xFF)});
  const std::vector<VideoFrame> frames = decode(**decoder, stored.packets);
  EXPECT_EQ(frames.size(), 20u);
  EXPECT_TRUE((*decoder)->damaged());
}

TEST(Decoder, SaysWhenNothingCouldBeDecoded) {
  const Stored stored = store(2, false);
  auto decoder = open_decoder(*stored.tracks.video);
  EXPECT_TRUE((*decoder)->push(Packet{.track = TrackKind::Audio, .data = {1, 2, 3}})->empty());
  EXPECT_EQ((*decoder)->flush().error().code, ErrorCode::CorruptData);
}

TEST(Decoder, RejectsWhatItCannotOpen) {
  const Stored stored = store(2, false);
  const auto code = [&](auto change) {
    VideoTrack track = *stored.tracks.video;
    change(track);
    auto decoder = open_decoder(track);
    EXPECT_FALSE(decoder);
    return decoder ? ErrorCode::Internal : decoder.error().code;
  };
  EXPECT_EQ(code([](VideoTrack& track) { track.codec = "no such"; }), ErrorCode::Unsupported);
  EXPECT_EQ(code([](VideoTrack& track) { track.codec = "aac"; }), ErrorCode::Unsupported);
  EXPECT_EQ(code([](VideoTrack& track) { track.format.width_px = 95; }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](VideoTrack& track) { track.format.height_px = 0; }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](VideoTrack& track) { track.orientation.rotation_degrees = 45; }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(open_decoder(*stored.tracks.video, {.threads = -1}).error().code,
            ErrorCode::InvalidArgument);
}

TEST(SegmentMuxer, RejectsPicturesThatHaveToBeTurned) {
  Stored stored = store(2, false);
  stored.tracks.video->orientation.rotation_degrees = 90;
  const auto muxer = SegmentMuxer::create();
  ASSERT_TRUE(muxer->open(stored.tracks));
  for (const Packet& packet : stored.packets) ASSERT_TRUE(muxer->write(packet));
  EXPECT_EQ(muxer->finish().error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace streamkit::media
