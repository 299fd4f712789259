#include <gtest/gtest.h>
#include <spa/param/video/raw.h>

#include <array>
#include <streamkit/desktop/portal_input.hpp>
#include <thread>

#include "frame_values.hpp"
#include "input_reader.hpp"
#include "pipewire_test_server.hpp"
#include "portal_test_server.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::uint32_t kRed = 0xff0000, kGreen = 0x00ff00, kBlue = 0x0000ff, kWhite = 0xffffff;

/// Four quarters of 64x32 pixels: red and green above, blue and white below.
std::uint32_t quarters(int x, int y) {
  return y < 16 ? (x < 32 ? kRed : kGreen) : (x < 32 ? kBlue : kWhite);
}

bool shows_quarters(const VideoFrame& frame, int left, int top, int width, int height) {
  const auto at = [&](int x, int y, std::uint32_t color) {
    return static_cast<bool>(has_color(frame, left + width * x / 4, top + height * y / 4, color));
  };
  return at(1, 1, kRed) && at(3, 1, kGreen) && at(1, 3, kBlue) && at(3, 3, kWhite);
}

/// A compositor, its portal, and the input that captures it.
class PortalStream : public testing::Test {
 protected:
  void start(const TestPicture& picture, const std::function<std::uint32_t(int, int)>& color_at,
             PortalInputOptions options = {}) {
    pipewire_ = std::make_unique<PipewireTestServer>();
    cast_ = std::make_unique<TestCast>(*pipewire_, picture);
    portal_ = std::make_unique<PortalTestServer>(
        PortalBehaviour{.node = cast_->node(), .pipewire = pipewire_->socket()});
    const std::jthread sender([&] { EXPECT_TRUE(cast_->send(color_at)); });
    auto input = open_portal_input(options);
    ASSERT_TRUE(input) << to_string(input.error());
    input_ = *std::move(input);
  }

  const TestBus bus_;
  std::unique_ptr<PipewireTestServer> pipewire_;
  std::unique_ptr<TestCast> cast_;
  std::unique_ptr<PortalTestServer> portal_;
  std::unique_ptr<VideoInput> input_;
};

TEST_F(PortalStream, ConvertsEachFormat) {
  for (const std::uint32_t format : {SPA_VIDEO_FORMAT_BGRx, SPA_VIDEO_FORMAT_RGBx,
                                     SPA_VIDEO_FORMAT_xBGR, SPA_VIDEO_FORMAT_RGB}) {
    start({.format = format, .width_px = 64, .height_px = 32, .padding_bytes = 12}, quarters);
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(input_->format().width_px, 64);
    EXPECT_EQ(input_->format().height_px, 32);
    EXPECT_TRUE(frame_with(*input_, [](const VideoFrame& frame) {
      return shows_quarters(frame, 0, 0, 64, 32);
    })) << format;
    input_.reset();
    portal_.reset();
  }
}

TEST_F(PortalStream, TakesThePartThatIsStated) {
  // Grey around the picture, as compositors have it around a window.
  const auto framed = [](int x, int y) {
    const bool inside = x >= 10 && x < 74 && y >= 6 && y < 38;
    return inside ? quarters(x - 10, y - 6) : 0x808080;
  };
  start(
      {.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 100, .height_px = 60, .part = {10, 6, 64, 32}},
      framed, {.source = "portal:window"});
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(input_->format().width_px, 64);
  EXPECT_TRUE(frame_with(
      *input_, [](const VideoFrame& frame) { return shows_quarters(frame, 0, 0, 64, 32); }));
}

TEST_F(PortalStream, TurnsFramesUpright) {
  // Turned by a quarter counter-clockwise: the right column is the upper row.
  const auto turned = [](int x, int y) { return quarters(63 - y, x); };
  start({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 32, .height_px = 64, .transform = 1}, turned);
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(input_->format().width_px, 64);
  EXPECT_TRUE(frame_with(
      *input_, [](const VideoFrame& frame) { return shows_quarters(frame, 0, 0, 64, 32); }));
}

TEST_F(PortalStream, FollowsAChangeOfSize) {
  start({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 64, .height_px = 32}, quarters);
  ASSERT_FALSE(HasFatalFailure());
  cast_->change({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 32, .height_px = 32});
  const std::jthread sender(
      [&] { EXPECT_TRUE(cast_->send([](int x, int y) { return quarters(2 * x, y); })); });
  const auto event = event_with(*input_, InputState::Running);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->message, "the screen was resized to 32x32");
  // In the middle of a frame that keeps its size.
  EXPECT_TRUE(frame_with(
      *input_, [](const VideoFrame& frame) { return shows_quarters(frame, 16, 0, 32, 32); }));
}

TEST_F(PortalStream, ShowsAFrameThatComesTooEarlyWhenItIsDue) {
  start({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 64, .height_px = 32}, quarters,
        {.frame_rate = {2, 1}});
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(frame_with(*input_, [](const VideoFrame&) { return true; }));
  const auto first = std::chrono::steady_clock::now();
  const std::jthread sender([&] { EXPECT_TRUE(cast_->send([](int, int) { return kGreen; })); });
  EXPECT_TRUE(frame_with(*input_, [](const VideoFrame& frame) {
    return static_cast<bool>(has_color(frame, 8, 8, kGreen));
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - first, std::chrono::milliseconds(400));
}

TEST_F(PortalStream, EndsWhenTheDesktopEndsTheCast) {
  start({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 64, .height_px = 32}, quarters);
  ASSERT_FALSE(HasFatalFailure());
  portal_->end_cast();
  ASSERT_TRUE(event_with(*input_, InputState::Lost));
  const auto end = read_within(*input_, kPatience);
  ASSERT_TRUE(end);
  EXPECT_TRUE(std::holds_alternative<EndOfStream>(*end));
  EXPECT_EQ(portal_->choices().size(), 1u) << "nobody is asked again";
}

TEST_F(PortalStream, GivesUpWhenItsPatienceIsOver) {
  start({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 64, .height_px = 32}, quarters,
        {.patience = std::chrono::milliseconds(700)});
  ASSERT_FALSE(HasFatalFailure());
  pipewire_->end();
  ASSERT_TRUE(event_with(*input_, InputState::Lost));
  const auto end = read_within(*input_, kPatience);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::Unavailable);
  EXPECT_GE(portal_->choices().size(), 2u);
  EXPECT_EQ(portal_->choices()[1].restore_token, "next-token") << "nobody is asked again";
}

TEST_F(PortalStream, StopsWhileNothingIsDrawn) {
  start({.format = SPA_VIDEO_FORMAT_BGRx, .width_px = 64, .height_px = 32}, quarters);
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_TRUE(frame_with(*input_, [](const VideoFrame&) { return true; }));
  const auto item = read_within(*input_, std::chrono::milliseconds(300));
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::desktop
