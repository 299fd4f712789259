#include "desktop/stream_format.hpp"

#include <gtest/gtest.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/param.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>
#include <spa/pod/iter.h>

namespace streamkit::desktop {
namespace {

/// A format as a compositor fixes it.
class FixedFormat {
 public:
  FixedFormat(std::uint32_t format, std::uint32_t width, std::uint32_t height) {
    spa_pod_builder builder{};
    spa_pod_builder_init(&builder, storage_.data(), storage_.size());
    spa_video_info_raw info{};
    info.format = static_cast<spa_video_format>(format);
    info.size = {width, height};
    pod_ = spa_format_video_raw_build(&builder, SPA_PARAM_Format, &info);
  }
  [[nodiscard]] const spa_pod* get() const { return pod_; }

 private:
  ParameterStorage storage_{};
  const spa_pod* pod_ = nullptr;
};

TEST(StreamFormat, ReadsWhatWasAgreedOn) {
  EXPECT_EQ(parse_stream_format(FixedFormat(SPA_VIDEO_FORMAT_BGRx, 1280, 720).get()),
            (StreamFormat{1280, 720, {4, 2, 1, 0}}));
  EXPECT_EQ(parse_stream_format(FixedFormat(SPA_VIDEO_FORMAT_RGB, 3, 1).get()),
            (StreamFormat{3, 1, {3, 0, 1, 2}}));
}

TEST(StreamFormat, RejectsWhatWasNotOffered) {
  EXPECT_FALSE(parse_stream_format(FixedFormat(SPA_VIDEO_FORMAT_NV12, 1280, 720).get()));
  EXPECT_FALSE(parse_stream_format(FixedFormat(SPA_VIDEO_FORMAT_BGRx, 0, 0).get()));
  EXPECT_FALSE(parse_stream_format(FixedFormat(SPA_VIDEO_FORMAT_BGRx, 8194, 720).get()));
}

TEST(StreamFormat, KnowsEachLayoutOfEightBits) {
  EXPECT_EQ(layout_of(SPA_VIDEO_FORMAT_BGRA), (PixelLayout{4, 2, 1, 0}));
  EXPECT_EQ(layout_of(SPA_VIDEO_FORMAT_RGBx), (PixelLayout{4, 0, 1, 2}));
  EXPECT_EQ(layout_of(SPA_VIDEO_FORMAT_xRGB), (PixelLayout{4, 1, 2, 3}));
  EXPECT_EQ(layout_of(SPA_VIDEO_FORMAT_ABGR), (PixelLayout{4, 3, 2, 1}));
  EXPECT_EQ(layout_of(SPA_VIDEO_FORMAT_BGR), (PixelLayout{3, 2, 1, 0}));
  EXPECT_FALSE(layout_of(SPA_VIDEO_FORMAT_xRGB_210LE));
}

TEST(StreamFormat, OffersFormatsAndNoMoreFramesThanAreWanted) {
  ParameterStorage storage;
  const spa_pod* offered = offered_formats({30000, 1001}, storage);
  ASSERT_NE(offered, nullptr);
  const spa_pod_prop* formats = spa_pod_find_prop(offered, nullptr, SPA_FORMAT_VIDEO_format);
  ASSERT_NE(formats, nullptr);
  ASSERT_EQ(SPA_POD_TYPE(&formats->value), static_cast<std::uint32_t>(SPA_TYPE_Choice));
  const spa_pod_prop* rate = spa_pod_find_prop(offered, nullptr, SPA_FORMAT_VIDEO_maxFramerate);
  ASSERT_NE(rate, nullptr);
  std::uint32_t count = 0;
  std::uint32_t kind = 0;
  const spa_pod* values = spa_pod_get_values(&rate->value, &count, &kind);
  ASSERT_EQ(count, 3u);
  const auto* fractions = static_cast<const spa_fraction*>(SPA_POD_BODY_CONST(values));
  EXPECT_EQ(fractions[2].num, 30000u);
  EXPECT_EQ(fractions[2].denom, 1001u);
}

TEST(StreamFormat, AsksForSharedMemoryAndForWhatIsStatedWithIt) {
  ParameterStorage storage;
  const auto parameters = buffer_parameters(storage);
  for (const spa_pod* parameter : parameters) ASSERT_NE(parameter, nullptr);
  EXPECT_TRUE(spa_pod_is_object_id(parameters[0], SPA_PARAM_Buffers));
  std::uint32_t type = 0;
  ASSERT_GE(spa_pod_parse_object(parameters[3], SPA_TYPE_OBJECT_ParamMeta, nullptr,
                                 SPA_PARAM_META_type, SPA_POD_Id(&type)),
            0);
  EXPECT_EQ(type, static_cast<std::uint32_t>(SPA_META_VideoTransform));
}

}  // namespace
}  // namespace streamkit::desktop
