#include <gtest/gtest.h>

#include <streamkit/gstreamer/pipeline_encoder.hpp>
#include <streamkit/testing/media_conformance.hpp>
#include <string>
#if defined(STREAMKIT_TEST_DECODER)
#include <streamkit/media/decoder.hpp>
#endif

#include "gstreamer/test_runtime.hpp"

namespace streamkit::gstreamer {
namespace {

struct Elements {
  const char* element;
  const char* description;
};

class PipelineEncoderConformance : public ::testing::TestWithParam<Elements> {};

TEST_P(PipelineEncoderConformance, KeepsTheGuaranteesOfLiveVideo) {
  const auto [element, description] = GetParam();
  if (!has_element(element) || !has_element("avenc_aac")) {
    GTEST_SKIP() << "GStreamer has no " << element << " or no avenc_aac";
  }
  testing::EncoderUnderTest test;
  test.open = [&, chunk = test.chunk_duration](const VideoFormat& format, bool with_audio) {
    PipelineEncoderOptions options{.chunk_duration = chunk};
    if (std::string(description) != "default") options.video = description;
    return open_encoder(options, format,
                        with_audio ? std::optional<AudioFormat>(AudioFormat{}) : std::nullopt);
  };
#if defined(STREAMKIT_TEST_DECODER)
  test.open_decoder = [](const VideoTrack& track) { return media::open_decoder(track); };
#endif
  std::string text;
  for (const std::string& violation : testing::check_encoder(test)) text += violation + "\n";
  EXPECT_EQ(text, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, PipelineEncoderConformance,
    ::testing::Values(
        Elements{"x264enc", "default"},
        Elements{"openh264enc",
                 "openh264enc gop-size=0 scene-change-detection=false bitrate=4000000"},
        Elements{"x265enc",
                 "x265enc speed-preset=ultrafast tune=zerolatency key-int-max=100000 "
                 "option-string=scenecut=0:open-gop=0:bframes=0:pools=none:frame-threads=1"},
        Elements{"nvh264enc", "nvh264enc gop-size=-1"},
        Elements{"vaapih264enc", "vaapipostproc ! vaapih264enc keyframe-period=0"},
        Elements{"v4l2h264enc", "v4l2h264enc"}),
    [](const auto& tested) { return std::string(tested.param.element); });

TEST(PipelineEncoder, BadElementsGiveAClearError) {
  const VideoFormat format{.width_px = 320, .height_px = 180};
  const auto failure = [&](const char* video) {
    const auto encoder = open_encoder({.video = video}, format);
    EXPECT_FALSE(encoder) << video;
    return encoder ? Error{} : encoder.error();
  };
  EXPECT_EQ(failure("magicenc").code, ErrorCode::InvalidArgument);
  EXPECT_NE(failure("magicenc").message.find("\"magicenc\""), std::string::npos);
  EXPECT_EQ(failure("jpegenc").code, ErrorCode::Unsupported);
  EXPECT_EQ(open_encoder({.chunk_duration = std::chrono::milliseconds(100)}, format).error().code,
            ErrorCode::InvalidArgument);
}

TEST(PipelineEncoder, BFramesAreAnErrorNotASurprise) {
  if (!has_element("x264enc")) GTEST_SKIP() << "GStreamer has no x264enc";
  const VideoFormat format{.width_px = 320, .height_px = 180};
  std::string text;
  for (const std::string& violation : testing::check_encoder(
           {.open =
                [](const VideoFormat&each, bool) {
                  return open_encoder({.video = "x264enc bframes=2 b-adapt=false"}, each);
                },
          .format = format,
          .audio = false})) {
    text += violation + "\n";
  }
  EXPECT_NE(text.find("reorders or drops frames"), std::string::npos) << text;
}

}  // namespace
}  // namespace streamkit::gstreamer
