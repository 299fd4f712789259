#include <gtest/gtest.h>

#include <algorithm>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/encoder_probe.hpp>
#include <streamkit/media/packet_source.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/testing/media_conformance.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/encoder_backend.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;

// Returns the colour that the keyframe alone states: FFmpeg's demuxer of raw streams reads it.
Result<ColorTags> color_in_band(const VideoTrack& track, const Packet& keyframe);

testing::EncoderUnderTest under_test(const EncoderBackend& backend) {
  testing::EncoderUnderTest test;
  test.open = [&backend, chunk = test.chunk_duration](const VideoFormat& format, bool with_audio) {
    const EncoderOptions options{
        .chunk_duration = chunk, .preset = "ultrafast", .threads = 1, .codec = backend.codec};
    return open_encoder_with(backend, options, format,
                             with_audio ? std::optional<AudioFormat>(AudioFormat{}) : std::nullopt);
  };
  test.open_decoder = [](const VideoTrack& track) { return open_decoder(track); };
  test.read_color = color_in_band;
  return test;
}

Result<ColorTags> color_in_band(const VideoTrack& track, const Packet& keyframe) {
  const AVCodec* decoder =
      avcodec_find_decoder(track.codec == "hevc" ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264);
  const CodecPtr context(avcodec_alloc_context3(decoder));
  const PacketPtr packet(av_packet_alloc());
  const FramePtr frame(av_frame_alloc());
  context->thread_count = 1;
  if (avcodec_open2(context.get(), decoder, nullptr) < 0) return Error{};
  av_new_packet(packet.get(), static_cast<int>(keyframe.data.size()));
  std::copy(keyframe.data.begin(), keyframe.data.end(), packet->data);
  avcodec_send_packet(context.get(), packet.get());
  avcodec_send_packet(context.get(), nullptr);
  if (avcodec_receive_frame(context.get(), frame.get()) < 0) return Error{};
  ColorTags tags{frame->color_primaries, frame->color_trc, frame->colorspace, {}};
  if (frame->color_range == AVCOL_RANGE_MPEG) tags.range = ColorRange::Limited;
  if (frame->color_range == AVCOL_RANGE_JPEG) tags.range = ColorRange::Full;
  return tags;
}

std::string lines(const testing::Violations& violations) {
  std::string text;
  for (const std::string& violation : violations) text += violation + "\n";
  return text;
}

class EncoderConformance : public ::testing::TestWithParam<EncoderBackend> {};

TEST_P(EncoderConformance, KeepsTheGuaranteesOfLiveVideo) {
  const EncoderBackend& backend = GetParam();
  const VideoFormat format{.width_px = 320, .height_px = 180};
  if (const auto opened = open_encoder_with(backend, {.codec = backend.codec}, format, {});
      !opened && backend.hardware()) {
    GTEST_SKIP() << opened.error().message;
  }
  const auto violations = testing::check_encoder(under_test(backend));
  EXPECT_TRUE(violations.empty()) << lines(violations);
}

INSTANTIATE_TEST_SUITE_P(All, EncoderConformance, ::testing::ValuesIn(encoder_backends()),
                         [](const auto& tested) { return std::string(tested.param.name); });

// The path of encoders other than x264 and x265, with an encoder that is here: it is opened without
// its private options, so that parameter sets come out of band (or, as of V4L2 devices, in the
// first packet only), frames are converted to NV12 where the family wants that, and times are
// counted.
TEST(StandInEncoder, KeepsTheGuaranteesWithoutOptionsOfItsOwn) {
  for (const EncoderFamily family :
       {EncoderFamily::Other, EncoderFamily::MediaFoundation, EncoderFamily::V4l2}) {
    const EncoderBackend backend{"libx264", VideoCodec::H264, family};
    const auto violations = testing::check_encoder(under_test(backend));
    EXPECT_TRUE(violations.empty()) << static_cast<int>(family) << ":\n" << lines(violations);
  }
}

}  // namespace
}  // namespace streamkit::media
