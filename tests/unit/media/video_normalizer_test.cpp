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

// Such frames are scaled before their colours are converted.
TEST(VideoNormalizer, FarLargerFramesKeepTheirColors) {
  FramePtr frame(av_frame_alloc());
  frame->width = 10 * kWidth;
  frame->height = 20 * kHeight;
  frame->format = AV_PIX_FMT_RGBA;
  frame->colorspace = AVCOL_SPC_RGB;
  frame->color_primaries = AVCOL_PRI_BT709;
  frame->color_trc = AVCOL_TRC_BT709;
  frame->color_range = AVCOL_RANGE_JPEG;
  ASSERT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  for (int y = 0; y < frame->height; ++y) {
    for (int x = 0; x < frame->width; ++x) {
      std::uint8_t* pixel = frame->data[0] + y * frame->linesize[0] + 4 * x;
      const bool red = y < frame->height / 2;
      pixel[0] = red ? 255 : 0;
      pixel[1] = 0;
      pixel[2] = red ? 0 : 255;
      pixel[3] = 255;
    }
  }
  const auto normalizer = VideoNormalizer::create({.format = format_of(ColorMatrix::Bt709)});
  ASSERT_TRUE((*normalizer)->push(frame.get()));
  const auto out = (*normalizer)->pull();
  ASSERT_TRUE(out && *out);
  ASSERT_EQ((*out)->width, kWidth);
  ASSERT_EQ((*out)->height, kHeight);
  const auto sample = [&](int plane, int x, int y) {
    return int{(*out)->data[plane][y * (*out)->linesize[plane] + x]};
  };
  // Source: ITU-R BT.709-6, 3.2 to 3.4, of full red and full blue.
  EXPECT_NEAR(sample(0, kWidth / 2, kHeight / 4), 63, 2);
  EXPECT_NEAR(sample(1, kWidth / 4, kHeight / 8), 102, 2);
  EXPECT_NEAR(sample(2, kWidth / 4, kHeight / 8), 240, 2);
  EXPECT_NEAR(sample(0, kWidth / 2, 3 * kHeight / 4), 32, 2);
  EXPECT_NEAR(sample(1, kWidth / 4, 3 * kHeight / 8), 240, 2);
  EXPECT_NEAR(sample(0, 1, kHeight / 4), 16, 1) << "the aspect is kept";
}

}  // namespace
}  // namespace streamkit::media
