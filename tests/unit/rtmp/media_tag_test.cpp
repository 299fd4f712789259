#include "rtmp/media_tag.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "rtmp/publisher.hpp"

namespace streamkit::rtmp {
namespace {

using Type = MediaTag::Type;

Bytes text(std::string_view characters) { return {characters.begin(), characters.end()}; }

// Tags refer to the bytes of their message, which stay.
std::deque<Bytes> messages;
std::optional<std::vector<MediaTag>> read_video(Bytes body) {
  return read_video_message(messages.emplace_back(std::move(body)));
}
std::optional<std::vector<MediaTag>> read_audio(Bytes body) {
  return read_audio_message(messages.emplace_back(std::move(body)));
}

Bytes of(const MediaTag& tag) { return {tag.payload.begin(), tag.payload.end()}; }

TEST(MediaTagTest, ReadsAvc) {
  const auto header = *read_video(Bytes{0x17, 0, 0, 0, 0, 1, 2});
  ASSERT_EQ(header.size(), 1);
  EXPECT_EQ(header[0].type, Type::Config);
  EXPECT_EQ(header[0].codec, "avc1");
  EXPECT_EQ(of(header[0]), (Bytes{1, 2}));
  const auto frame = *read_video(Bytes{0x27, 1, 0xFF, 0xFF, 0xDF, 3});
  EXPECT_EQ(frame[0].type, Type::Frame);
  EXPECT_EQ(frame[0].composition_ms, -33);
  EXPECT_FALSE(frame[0].marked_keyframe);
  EXPECT_EQ(of(frame[0]), Bytes{3});
}

TEST(MediaTagTest, ReadsTheHevcOfCameras) {
  EXPECT_EQ(read_video(Bytes{0x1C, 0, 0, 0, 0, 1})->at(0).codec, "hvc1");
}

TEST(MediaTagTest, EndsAndCommandsHoldNothing) {
  EXPECT_EQ(read_video(Bytes{0x17, 2, 0, 0, 0})->at(0).type, Type::Other);
  EXPECT_TRUE(read_video(Bytes{0x17, 2})->empty());
  EXPECT_TRUE(read_video(Bytes{0x57, 0})->empty());
  EXPECT_TRUE(read_video(Bytes{0xD1, 0})->empty());
}

TEST(MediaTagTest, NamesOtherCodecs) {
  EXPECT_EQ(read_video(Bytes{0x12, 1})->at(0).codec, "Sorenson H.263");
  EXPECT_EQ(read_audio(Bytes{0x2F, 1})->at(0).codec, "MP3");
  EXPECT_EQ(read_audio(Bytes{0xB2, 1})->at(0).codec, "Speex");
}

TEST(MediaTagTest, ReadsAac) {
  EXPECT_EQ(read_audio(Bytes{0xAF, 0, 0x12, 0x10})->at(0).type, Type::Config);
  const auto frame = *read_audio(Bytes{0xAF, 1, 7});
  EXPECT_EQ(frame[0].type, Type::Frame);
  EXPECT_EQ(frame[0].codec, "mp4a");
  EXPECT_EQ(of(frame[0]), Bytes{7});
}

TEST(MediaTagTest, ReadsEnhancedFrames) {
  const auto with_time = *read_video(joined({{0x91}, text("hvc1"), {0xFF, 0xFF, 0xFF, 5}}));
  EXPECT_EQ(with_time[0].composition_ms, -1);
  EXPECT_TRUE(with_time[0].marked_keyframe);
  EXPECT_EQ(of(with_time[0]), Bytes{5});
  const auto without_time = *read_video(joined({{0xA3}, text("hvc1"), {5}}));
  EXPECT_EQ(without_time[0].composition_ms, 0);
  EXPECT_EQ(of(without_time[0]), Bytes{5});
  // AV1 has no composition time.
  EXPECT_EQ(of(read_video(joined({{0x91}, text("av01"), {5}}))->at(0)), Bytes{5});
  EXPECT_EQ(of(read_audio(joined({{0x91}, text("mp4a"), {5}}))->at(0)), Bytes{5});
  EXPECT_EQ(read_audio(joined({{0x90}, text("mp4a"), {5}}))->at(0).type, Type::Config);
  EXPECT_EQ(read_audio(joined({{0x94}, text("mp4a"), {5}}))->at(0).type, Type::Other);
  EXPECT_EQ(read_video(joined({{0xD4}, text("av01"), {5}}))->at(0).type, Type::Other);
}

TEST(MediaTagTest, ReadsExtensionsToTheEnd) {
  // A time offset of 0x010203 ns, then an unknown extension of 300 bytes.
  const Bytes body = joined(
      {{0x97, 2, 1, 2, 3, 0x07, 0xFF, 0x01, 0x2B}, Bytes(300, 9), {0x51}, text("av01"), {5}});
  const auto tags = *read_video(body);
  EXPECT_EQ(tags[0].offset_ns, 0x010203);
  EXPECT_EQ(tags[0].type, Type::Frame);
  EXPECT_EQ(of(tags[0]), Bytes{5});
  const auto audio = *read_audio(joined({{0x97, 2, 0, 0, 1, 0x01}, text("mp4a"), {5}}));
  EXPECT_EQ(audio[0].offset_ns, 1);
}

TEST(MediaTagTest, ReadsOneTrackWithAnId) {
  const auto tags = *read_video(joined({{0x96, 0x01}, text("avc1"), {3, 0, 0, 1, 5}}));
  ASSERT_EQ(tags.size(), 1);
  EXPECT_EQ(tags[0].track_id, 3);
  EXPECT_EQ(tags[0].composition_ms, 1);
  EXPECT_EQ(of(tags[0]), Bytes{5});
}

TEST(MediaTagTest, ReadsManyTracksOfOneCodec) {
  const auto tags =
      *read_audio(joined({{0x95, 0x11}, text("mp4a"), {0, 0, 0, 2, 5, 6, 7, 0, 0, 1, 8}}));
  ASSERT_EQ(tags.size(), 2);
  EXPECT_EQ(of(tags[0]), (Bytes{5, 6}));
  EXPECT_EQ(tags[1].track_id, 7);
  EXPECT_EQ(of(tags[1]), Bytes{8});
}

TEST(MediaTagTest, ReadsManyTracksOfManyCodecs) {
  const auto tags = *read_video(joined(
      {{0x96, 0x21}, text("av01"), {0, 0, 0, 1, 5}, text("hvc1"), {1, 0, 0, 4, 0, 0, 0, 6}}));
  ASSERT_EQ(tags.size(), 2);
  EXPECT_EQ(tags[0].codec, "av01");
  EXPECT_EQ(tags[1].codec, "hvc1");
  EXPECT_EQ(of(tags[1]), Bytes{6});
}

TEST(MediaTagTest, RejectsTracksThatDoNotFit) {
  const Bytes body = joined({{0x96, 0x11}, text("av01"), {0, 0, 0, 1, 5, 1, 0, 0, 1, 6}});
  for (std::size_t size = 1; size < body.size(); ++size) {
    const bool whole_track = size == 2 + 4 + 1 + 3 + 1;
    EXPECT_EQ(read_video_message(ByteView(body).first(size)).has_value(), whole_track) << size;
  }
  EXPECT_FALSE(read_video(Bytes{0x96, 0x31}));
  EXPECT_FALSE(read_video(Bytes{0x97, 0xFF}));
  EXPECT_FALSE(read_video(Bytes{0x91, 'a'}));
  EXPECT_FALSE(read_audio(Bytes{0xAF}));
}

}  // namespace
}  // namespace streamkit::rtmp
