#include <gtest/gtest.h>

#include <streamkit/stereo/flat_depth_estimator.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/stereo/stereo_source.hpp>
#include <streamkit/testing/fake_source.hpp>

#include "runner_fakes.hpp"

namespace streamkit::stereo {
namespace {

using namespace test;

class StereoSourceTest : public ::testing::Test {
 protected:
  // The items of a source up to its end or its first error.
  static std::vector<SourceItem> read_all(Source& source) {
    std::vector<SourceItem> items;
    for (;;) {
      Result<SourceItem> item = source.read({});
      if (!item || std::holds_alternative<EndOfStream>(*item)) return items;
      items.push_back(std::move(*item));
    }
  }

  streamkit::testing::FakeSource flat_{{.frame_count = 3}};
  FakeEstimator estimator_;
  FakeRenderer renderer_;
};

TEST_F(StereoSourceTest, AnnouncesThePackedFormatAndTheSourcesAudio) {
  const auto source = StereoSource::create(flat_, estimator_, renderer_);
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_EQ((*source)->format().video, format_of(128, 36));
  EXPECT_EQ((*source)->format().audio, flat_.format().audio);
}

TEST_F(StereoSourceTest, RendersEachFrameAndKeepsTimesAndAudio) {
  streamkit::testing::FakeSource same({.frame_count = 3});
  const std::vector<SourceItem> before = read_all(same);
  const auto source = StereoSource::create(flat_, estimator_, renderer_);
  ASSERT_TRUE(source);
  const std::vector<SourceItem> after = read_all(**source);

  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    ASSERT_EQ(after[i].index(), before[i].index());
    if (const auto* frame = std::get_if<VideoFrame>(&after[i])) {
      EXPECT_EQ(frame->format, format_of(128, 36));
      EXPECT_EQ(frame->pts, std::get<VideoFrame>(before[i]).pts);
      EXPECT_EQ(frame->duration, std::get<VideoFrame>(before[i]).duration);
    } else if (const auto* audio = std::get_if<AudioFrame>(&after[i])) {
      EXPECT_EQ(audio->pts, std::get<AudioFrame>(before[i]).pts);
      EXPECT_EQ(audio->samples, std::get<AudioFrame>(before[i]).samples);
    }
  }
  EXPECT_EQ(estimator_.estimates, 3);
  EXPECT_EQ(renderer_.renders, 3);
}

TEST_F(StereoSourceTest, EndsWhereTheSourceEnds) {
  const auto source = StereoSource::create(flat_, estimator_, renderer_);
  ASSERT_TRUE(source);
  read_all(**source);
  for (int again = 0; again < 2; ++again) {
    const Result<SourceItem> end = (*source)->read({});
    ASSERT_TRUE(end);
    EXPECT_TRUE(std::holds_alternative<EndOfStream>(*end));
  }
}

TEST_F(StereoSourceTest, ReturnsAFailureOfDepthAndOfViews) {
  estimator_.trap = fail_at(0, "no network");
  const auto source = StereoSource::create(flat_, estimator_, renderer_);
  ASSERT_TRUE(source);
  const Result<SourceItem> without_depth = (*source)->read({});
  ASSERT_FALSE(without_depth);
  EXPECT_EQ(without_depth.error(), (Error{ErrorCode::Unavailable, "depth: no network"}));

  estimator_.trap = no_trap();
  renderer_.trap = fail_at(0, "no memory");
  Result<SourceItem> without_views = (*source)->read({});
  while (without_views && !std::holds_alternative<EndOfStream>(*without_views)) {
    without_views = (*source)->read({});
  }
  ASSERT_FALSE(without_views);
  EXPECT_EQ(without_views.error(), (Error{ErrorCode::Unavailable, "views: no memory"}));
}

TEST_F(StereoSourceTest, PassesACancelledReadOn) {
  const auto source = StereoSource::create(flat_, estimator_, renderer_);
  ASSERT_TRUE(source);
  std::stop_source stop;
  stop.request_stop();
  const Result<SourceItem> item = (*source)->read(stop.get_token());
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
}

TEST_F(StereoSourceTest, RejectsAFormatThatTheRendererRejects) {
  streamkit::testing::FakeSource wide(
      {.format = {.video = {.width_px = 1 << 15, .height_px = 36}}});
  const auto renderer = ForwardWarpRenderer::create();
  ASSERT_TRUE(renderer);
  EXPECT_FALSE(StereoSource::create(wide, estimator_, **renderer));
}

}  // namespace
}  // namespace streamkit::stereo
