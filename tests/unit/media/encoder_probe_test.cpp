#include <gtest/gtest.h>

#include <chrono>
#include <streamkit/media/encoder_probe.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/annex_b.hpp"
#include "media/encoder_backend.hpp"
#include "media/encoder_choice.hpp"
#include "media/encoder_output.hpp"

namespace streamkit::media {
namespace {

constexpr VideoFormat kFormat{.width_px = 320, .height_px = 180, .frame_rate = {30, 1}};

TEST(EncoderProbe, ReportsEveryEncoderOfTheCodecAndSoftwareLast) {
  for (const VideoCodec codec : {VideoCodec::H264, VideoCodec::Hevc}) {
    const auto started = std::chrono::steady_clock::now();
    const auto reports = probe_encoders(codec, kFormat);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(40));
    ASSERT_EQ(reports.size(), 7u);
    for (const EncoderReport& report : reports) {
      RecordProperty(report.name, report.works ? "works" : report.reason);
      EXPECT_EQ(report.works, report.reason.empty()) << report.name;
      EXPECT_EQ(report.works, report.frames_per_second > 0) << report.name;
    }
    EXPECT_EQ(reports.back().name, codec == VideoCodec::H264 ? "libx264" : "libx265");
    EXPECT_TRUE(reports.back().works) << reports.back().reason;
    EXPECT_FALSE(reports.back().hardware);
  }
}

TEST(EncoderProbe, AStopEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  for (const EncoderReport& report : probe_encoders(VideoCodec::H264, kFormat, stop.get_token())) {
    EXPECT_FALSE(report.works);
    EXPECT_EQ(report.reason, "it was not tried");
  }
  const auto chosen = choose_encoder({.encoder = "auto"}, kFormat, {}, stop.get_token());
  EXPECT_EQ(chosen.error().code, ErrorCode::Cancelled);
}

TEST(EncoderProbe, AutoTakesWhatWorksAndWarnsWhenItFallsBack) {
  testing::RecordingLogger logger;
  const auto reports = probe_encoders(VideoCodec::H264, kFormat);
  const auto chosen = choose_encoder({.encoder = "auto"}, kFormat, {.logger = &logger});
  ASSERT_TRUE(chosen);
  bool hardware = false;
  for (const EncoderReport& report : reports)
    hardware = hardware || (report.hardware && report.works);
  if (!hardware) {
    EXPECT_EQ(*chosen, "libx264");
  }
  EXPECT_TRUE(open_encoder({.encoder = "auto"}, kFormat));
  EXPECT_TRUE(open_encoder({.encoder = *chosen}, kFormat));
}

TEST(EncoderProbe, ANameThatDoesNotWorkStatesWhyAndWhatToDo) {
  const auto unknown = open_encoder({.encoder = "h264_magic"}, kFormat);
  EXPECT_EQ(unknown.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(unknown.error().message.find("h264_nvenc"), std::string::npos);
  const auto other = open_encoder({.encoder = "libx265"}, kFormat);
  EXPECT_EQ(other.error().message, "the encoder libx265 writes HEVC, not H.264");
  // No FFmpeg for one system contains the encoders of the other two.
#if defined(__linux__)
  const char* absent = "h264_videotoolbox";
#else
  const char* absent = "h264_v4l2m2m";
#endif
  for (const auto& failed : {open_encoder({.encoder = absent}, kFormat)}) {
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Unsupported);
    EXPECT_NE(failed.error().message.find("use the encoder auto or libx264"), std::string::npos)
        << failed.error().message;
  }
  const Error chosen = choose_encoder({.encoder = absent}, kFormat).error();
  EXPECT_EQ(chosen.code, ErrorCode::Unsupported);
  EXPECT_EQ(chosen.message.find("does not work"), chosen.message.rfind("does not work"));
  EXPECT_EQ(chosen.message.find("use the encoder"), chosen.message.rfind("use the encoder"));
}

TEST(EncoderProbe, HdrIsEncodedBySoftware) {
  VideoFormat deep = kFormat;
  deep.pixel_format = PixelFormat::I420P10;
  EXPECT_EQ(*choose_encoder({.encoder = "auto"}, deep), "libx265");
  EXPECT_TRUE(open_encoder({.encoder = "libx264"}, deep));
  EXPECT_EQ(open_encoder({.encoder = "h264_nvenc"}, deep).error().code, ErrorCode::Unsupported);
}

TEST(EncoderProbe, NamesKnowTheirCodec) {
  for (const std::string& name : encoder_names()) {
    EXPECT_EQ(*codec_of_encoder(name) == VideoCodec::Hevc,
              name == "libx265" || name.starts_with("hevc_"));
  }
  EXPECT_EQ(codec_of_encoder("x").error().code, ErrorCode::InvalidArgument);
}

TEST(EncoderProbe, ATrialFindsEncodersThatBreakAGuarantee) {
  // Any encoder but one of H.264 will do; its packets have no IDR.
  const EncoderBackend mpeg4{"mpeg4", VideoCodec::H264, EncoderFamily::Other};
  const EncoderReport report = try_encoder(mpeg4, kFormat, {});
  EXPECT_FALSE(report.works);
  EXPECT_FALSE(report.reason.empty());
}

TEST(EncoderBackend, MapsQualityToABitRateWhereThereIsNoConstantQuality) {
  const auto rate = [](int crf, std::optional<int> bits) {
    const EncoderBackend backend{"h264_v4l2m2m", VideoCodec::H264, EncoderFamily::V4l2};
    EncoderOptions options{.crf = crf, .video_bit_rate_bps = bits};
    const VideoFormat format{.width_px = 1280, .height_px = 720, .frame_rate = {30, 1}};
    const CodecPtr codec(avcodec_alloc_context3(nullptr));
    Options set;
    set_backend_options(backend, {options, format, true}, *codec, set);
    return codec->bit_rate;
  };
  EXPECT_NEAR(static_cast<double>(rate(23, {})), 2.76e6, 1e4);
  EXPECT_NEAR(static_cast<double>(rate(29, {})), 1.38e6, 1e4);
  EXPECT_EQ(rate(23, 900'000), 900'000);
}

TEST(AnnexB, ParameterSetsGoBehindTheDelimiter) {
  const Bytes sets = {0, 0, 0, 1, 0x67, 9, 0, 0, 0, 1, 0x68, 8};
  Bytes picture = {0, 0, 0, 1, 0x09, 0x10, 0, 0, 0, 1, 0x65, 1, 2};
  EXPECT_TRUE(is_idr(picture, VideoCodec::H264));
  EXPECT_TRUE(parameter_sets(picture, VideoCodec::H264).empty());
  put_parameter_sets(picture, sets, VideoCodec::H264);
  EXPECT_EQ(parameter_sets(picture, VideoCodec::H264), sets);
  EXPECT_EQ(picture[4], 0x09);
  EXPECT_EQ(picture.size(), 25u);
  EXPECT_FALSE(is_idr(Bytes{0, 0, 1, 0x41, 1, 2}, VideoCodec::H264));
  EXPECT_FALSE(is_idr({}, VideoCodec::Hevc));
}

}  // namespace
}  // namespace streamkit::media
