#include "rtmp/video_config.hpp"

#include <gtest/gtest.h>

#include "rtmp/publisher.hpp"
#include "rtmp/video_headers.hpp"

namespace streamkit::rtmp {
namespace {

TEST(AvcConfigTest, ReadsSizeRateAndColour) {
  const auto config = read_avc_config(
      avc_record({.width_px = 1920, .height_px = 1080, .rate_hz = 50, .profile = 100}));
  ASSERT_TRUE(config) << to_string(config.error());
  const VideoTrack track = video_track(*config);
  EXPECT_EQ(track.codec, "h264");
  EXPECT_EQ(track.format.width_px, 1920);
  EXPECT_EQ(track.format.height_px, 1080);
  EXPECT_EQ(track.format.frame_rate, (FrameRate{50, 1}));
  EXPECT_EQ(track.pixel_aspect, (PixelAspect{4, 3}));
  EXPECT_EQ(track.coded_color, (ColorTags{1, 1, 1, ColorRange::Full}));
  EXPECT_FALSE(track.interlaced);
}

TEST(AvcConfigTest, ARateThatIsNotStatedIs30) {
  const auto config = read_avc_config(avc_record());
  ASSERT_TRUE(config);
  EXPECT_EQ(config->format.width_px, 64);
  EXPECT_EQ(video_track(*config).format.frame_rate, (FrameRate{30, 1}));
}

TEST(AvcConfigTest, ReadsInterlacedSizes) {
  const auto config =
      read_avc_config(avc_record({.width_px = 1920, .height_px = 1080, .interlaced = true}));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->format.height_px, 1080);
  EXPECT_TRUE(config->interlaced);
}

TEST(AvcConfigTest, MakesTheRecordThatItReads) {
  for (const int profile : {66, 100}) {
    const Bytes record = avc_record({.profile = profile});
    const auto config = read_avc_config(record);
    ASSERT_TRUE(config);
    const auto made = make_avc_config(config->parameter_sets);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->record, record);
    EXPECT_EQ(made->format, config->format);
  }
}

TEST(AvcConfigTest, RejectsWhatIsCut) {
  const Bytes record = avc_record();
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(read_avc_config(ByteView(record).first(size))) << size;
  }
}

TEST(AvcFrameTest, LengthsOf1And2And3BytesBecome4) {
  const std::vector<Bytes> units = {{0x65, 1, 2}, {0x41, 3}};
  for (const int length_bytes : {1, 2, 3, 4}) {
    const auto config = read_avc_config(avc_record({}, length_bytes));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->record, avc_record({}, 4));
    const auto frame = read_video_frame(*config, access_unit(units, length_bytes), false);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->data, access_unit(units, 4));
    EXPECT_TRUE(frame->keyframe);
  }
}

TEST(AvcFrameTest, OnlyAnIdrIsAKeyframe) {
  const auto config = read_avc_config(avc_record());
  EXPECT_FALSE(read_video_frame(*config, access_unit({{0x41, 1}}), true)->keyframe);
  EXPECT_TRUE(read_video_frame(*config, access_unit({{0x65, 1}}), false)->keyframe);
}

TEST(AvcFrameTest, LengthsThatDoNotFitAreDamage) {
  const auto config = read_avc_config(avc_record());
  EXPECT_FALSE(read_video_frame(*config, Bytes{0, 0, 0, 9, 0x65}, true));
  EXPECT_FALSE(read_video_frame(*config, Bytes{0, 0, 0}, true));
  EXPECT_FALSE(read_video_frame(*config, Bytes{}, true));
}

TEST(AvcFrameTest, ParameterSetsInBandAreANewConfiguration) {
  const auto config = read_avc_config(avc_record());
  const Bytes idr = {0x65, 1};
  const Bytes same = access_unit({avc_sequence_set({}), avc_picture_set(), idr});
  EXPECT_FALSE(read_video_frame(*config, same, true)->new_config);

  const auto larger = read_video_frame(
      *config, access_unit({avc_sequence_set({.width_px = 128, .height_px = 96}), idr}), true);
  ASSERT_TRUE(larger && larger->new_config);
  EXPECT_EQ(larger->new_config->format.width_px, 128);
  EXPECT_EQ(larger->new_config->record, avc_record({.width_px = 128, .height_px = 96}));

  const auto other = read_video_frame(*config, access_unit({avc_picture_set(7), idr}), true);
  ASSERT_TRUE(other && other->new_config);
  EXPECT_NE(other->new_config->record, config->record);

  EXPECT_FALSE(read_video_frame(*config, access_unit({{0x67, 1, 2, 3}, idr}), true));
}

TEST(HevcConfigTest, ReadsSizeAndDepth) {
  const auto config = read_hevc_config(hevc_record(1920, 1080, 10));
  ASSERT_TRUE(config) << to_string(config.error());
  const VideoTrack track = video_track(*config);
  EXPECT_EQ(track.codec, "hevc");
  EXPECT_EQ(track.format.width_px, 1920);
  EXPECT_EQ(track.format.height_px, 1080);
  EXPECT_EQ(track.format.pixel_format, PixelFormat::I420P10);
  const auto made = make_hevc_config(config->parameter_sets);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->record, hevc_record(1920, 1080, 10));
}

TEST(HevcConfigTest, RejectsWhatIsCut) {
  const Bytes record = hevc_record(64, 48);
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(read_hevc_config(ByteView(record).first(size))) << size;
  }
}

TEST(HevcFrameTest, FindsKeyframesAndNewSets) {
  const auto config = read_hevc_config(hevc_record(64, 48));
  EXPECT_TRUE(read_video_frame(*config, access_unit({{0x26, 1, 5}}), false)->keyframe);
  EXPECT_TRUE(read_video_frame(*config, access_unit({{0x2A, 1, 5}}), false)->keyframe);
  EXPECT_FALSE(read_video_frame(*config, access_unit({{0x02, 1, 5}}), true)->keyframe);
  const auto larger =
      read_video_frame(*config, access_unit({hevc_sequence_set(128, 96), {0x26, 1, 5}}), true);
  ASSERT_TRUE(larger && larger->new_config);
  EXPECT_EQ(larger->new_config->record, hevc_record(128, 96));
}

TEST(Av1ConfigTest, ReadsSizeDepthAndColour) {
  for (const bool high_depth : {false, true}) {
    const Bytes record = av1_record(640, 360, high_depth);
    const auto config = read_av1_config(record);
    ASSERT_TRUE(config) << to_string(config.error());
    EXPECT_EQ(config->format.width_px, 640);
    EXPECT_EQ(config->format.height_px, 360);
    EXPECT_EQ(config->format.pixel_format == PixelFormat::I420P10, high_depth);
    EXPECT_EQ(config->color, (ColorTags{1, 13, 1, ColorRange::Limited}));
    EXPECT_EQ(make_av1_config(config->parameter_sets[0])->record, record);
  }
}

TEST(Av1ConfigTest, RejectsWhatIsCut) {
  const Bytes record = av1_record(640, 360);
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(read_av1_config(ByteView(record).first(size))) << size;
  }
}

TEST(Av1FrameTest, DropsTemporalDelimiters) {
  const auto config = read_av1_config(av1_record(640, 360));
  const Bytes header = av1_sequence_unit(640, 360);
  const Bytes frame = {0x32, 2, 7, 7};
  const auto read = read_video_frame(*config, joined({{0x12, 0}, header, frame}), true);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->data, joined({header, frame}));
  EXPECT_TRUE(read->keyframe);
  EXPECT_FALSE(read->new_config);
  const auto other =
      read_video_frame(*config, joined({{0x12, 0}, av1_sequence_unit(320, 180), frame}), true);
  ASSERT_TRUE(other && other->new_config);
  EXPECT_EQ(other->new_config->format.width_px, 320);
  EXPECT_FALSE(read_video_frame(*config, Bytes{0x12, 0}, true));
  EXPECT_FALSE(read_video_frame(*config, Bytes{0x32, 9, 1}, true));
}

}  // namespace
}  // namespace streamkit::rtmp
