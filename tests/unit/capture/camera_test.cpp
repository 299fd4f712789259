#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <streamkit/capture/camera.hpp>
#include <vector>

#include "capture/v4l2_cameras.hpp"
#include "fake_camera.hpp"
#include "media/coded_clip.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Result<LiveFrame> next_frame(VideoInput& input) {
  for (;;) {
    auto item = input.read({});
    if (!item) return item.error();
    if (auto* frame = std::get_if<LiveFrame>(&*item)) return std::move(*frame);
  }
}

CameraOptions options_for(const FakeCamera& camera) {
  CameraOptions options;
  options.id = "camera:" + camera.node().string();
  options.width_px = 640;
  options.height_px = 480;
  options.backoff.initial_delay = milliseconds(10);
  options.backoff.max_delay = milliseconds(20);
  return options;
}

TEST(Cameras, AreListedWithTheirStableNames) {
  const FakeCamera camera;
  std::ofstream(camera.devices() / "video1").close();  // not a camera
  const auto named = camera.devices() / "v4l" / "by-id";
  auto cameras = list_v4l2_cameras(camera.devices());
  ASSERT_TRUE(cameras) << to_string(cameras.error());
  ASSERT_EQ(cameras->size(), 1u);
  EXPECT_EQ(cameras->front().id, "camera:" + camera.node().string());
  EXPECT_EQ(cameras->front().name, "Fake Camera");
  EXPECT_EQ(cameras->front().kind, SourceKind::Camera);
  EXPECT_TRUE(cameras->front().is_default);
  std::filesystem::create_directories(named);
  std::filesystem::create_symlink("../../video0", named / "usb-Fake-index0");
  cameras = list_v4l2_cameras(camera.devices());
  ASSERT_EQ(cameras->size(), 1u);
  EXPECT_EQ(cameras->front().id, "camera:" + (named / "usb-Fake-index0").string());
}

TEST(Cameras, RawFramesHaveTheTimesOfTheDriver) {
  const FakeCamera camera;
  const auto options = options_for(camera);
  const auto input = open_camera(options);
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_EQ((*input)->format().width_px, 640);
  EXPECT_NEAR((*input)->format().frame_rate.hz(), 30, 0.01);
  std::optional<CaptureTime> previous;
  for (int n = 0; n < 10; ++n) {
    const auto frame = next_frame(**input);
    ASSERT_TRUE(frame) << to_string(frame.error());
    EXPECT_GT(frame->frame.planes[0].row(240)[100], 220);
    EXPECT_LT(frame->frame.planes[0].row(240)[500], 30);
    // The driver took it 5 ms before it was there.
    EXPECT_LE(frame->time, steady_clock::now() - milliseconds(5));
    EXPECT_GT(frame->time, steady_clock::now() - std::chrono::seconds(10));
    if (previous) {
      EXPECT_GT(frame->time, *previous);
    }
    previous = frame->time;
  }
}

TEST(Cameras, JpegIsTakenWhereRawFramesAreTooSlow) {
  const auto jpeg = std::filesystem::temp_directory_path() /
                    ("streamkit-camera-" + std::to_string(::getpid()) + ".mjpeg");
  media::write_clip(jpeg, {.encoder = "mjpeg",
                           .pixel_format = "yuvj420p",
                           .width_px = 1280,
                           .height_px = 720,
                           .frames = 1});
  const FakeCamera camera(jpeg);
  std::filesystem::remove(jpeg);
  auto options = options_for(camera);
  options.width_px = 1280;
  options.height_px = 720;
  const auto input = open_camera(options);
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_NEAR((*input)->format().frame_rate.hz(), 30, 0.01);
  const auto frame = next_frame(**input);
  ASSERT_TRUE(frame) << to_string(frame.error());
  EXPECT_EQ(frame->frame.format.height_px, 720);
  EXPECT_NEAR(frame->frame.planes[0].row(360)[640], 126, 12);
}

TEST(Cameras, EmptyFramesOfADriverAreLeftOut) {
  const FakeCamera camera;
  camera.send_empty(3);
  const auto input = open_camera(options_for(camera));
  ASSERT_TRUE(input) << to_string(input.error());
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(next_frame(**input));
}

TEST(Cameras, AnUnpluggedCameraIsOpenedAgain) {
  FakeCamera camera;
  const auto input = open_camera(options_for(camera));
  ASSERT_TRUE(input) << to_string(input.error());
  ASSERT_TRUE(next_frame(**input));
  camera.unplug();
  std::vector<InputState> states;
  std::size_t frames_after = 0;
  while (frames_after < 3) {
    auto item = (*input)->read({});
    ASSERT_TRUE(item) << to_string(item.error());
    if (const auto* event = std::get_if<InputEvent>(&*item)) {
      states.push_back(event->state);
      if (event->state == InputState::Lost) camera.plug_in();
    }
    frames_after += states.size() == 2 && std::holds_alternative<LiveFrame>(*item);
  }
  EXPECT_EQ(states, (std::vector{InputState::Lost, InputState::Running}));
}

TEST(Cameras, OneThatStaysAwayIsAClearError) {
  FakeCamera camera;
  auto options = options_for(camera);
  options.give_up_after = milliseconds(200);
  const auto input = open_camera(options);
  ASSERT_TRUE(input) << to_string(input.error());
  camera.unplug();
  for (;;) {
    const auto frame = next_frame(**input);
    if (frame) continue;
    EXPECT_EQ(frame.error().code, ErrorCode::Unavailable);
    EXPECT_NE(frame.error().message.find("did not come back"), std::string::npos)
        << frame.error().message;
    return;
  }
}

}  // namespace
}  // namespace streamkit::capture
