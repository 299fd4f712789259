#include "media/video_normalizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace streamkit::media {
namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 64;

VideoFormat format_of(ColorMatrix matrix) {
  VideoFormat format;
  format.width_px = kWidth;
  format.height_px = kHeight;
  format.matrix = matrix;
  return format;
}

FramePtr decoded(AVColorSpace matrix, AVColorRange range = AVCOL_RANGE_MPEG) {
  FramePtr frame(av_frame_alloc());
  frame->width = kWidth;
  frame->height = kHeight;
  frame->format = AV_PIX_FMT_YUV420P;
  frame->colorspace = matrix;
  frame->color_primaries = AVCOL_PRI_BT709;
  frame->color_trc = AVCOL_TRC_BT709;
  frame->color_range = range;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  for (AVBufferRef* buffer : frame->buf) {
    if (buffer != nullptr) std::fill_n(buffer->data, buffer->size, std::uint8_t{128});
  }
  return frame;
}

// Whether the frame comes out with the memory that it came in with.
bool shares_memory(const NormalizerOptions& options, FramePtr frame) {
  const auto normalizer = VideoNormalizer::create(options);
  const std::uint8_t* memory = frame->data[0];
  EXPECT_TRUE((*normalizer)->push(frame.get()));
  const auto out = (*normalizer)->pull();
  if (!out || *out == nullptr) {
    ADD_FAILURE() << "no frame";
    return false;
  }
  EXPECT_EQ((*out)->width, kWidth);
  EXPECT_EQ((*out)->height, kHeight);
  return (*out)->data[0] == memory;
}

TEST(VideoNormalizer, CommonFramesAreNotCopied) {
  EXPECT_TRUE(shares_memory({.format = format_of(ColorMatrix::Bt709)}, decoded(AVCOL_SPC_BT709)));
  EXPECT_TRUE(
      shares_memory({.format = format_of(ColorMatrix::Bt601)}, decoded(AVCOL_SPC_SMPTE170M)));
}

TEST(VideoNormalizer, FramesThatMeanSomethingElseAreConverted) {
  const NormalizerOptions options{.format = format_of(ColorMatrix::Bt709)};
  EXPECT_FALSE(shares_memory(options, decoded(AVCOL_SPC_SMPTE170M)));
  EXPECT_FALSE(shares_memory(options, decoded(AVCOL_SPC_BT709, AVCOL_RANGE_JPEG)));
  NormalizerOptions mirrored = options;
  mirrored.orientation.mirrored = true;
  EXPECT_FALSE(shares_memory(mirrored, decoded(AVCOL_SPC_BT709)));
}

}  // namespace
}  // namespace streamkit::media
