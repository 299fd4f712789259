#include <gtest/gtest.h>

#include <streamkit/capture/camera.hpp>
#include <streamkit/capture/platform_devices.hpp>
#include <thread>

#include "capture/v4l2_cameras.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// FFmpeg's generated video in the place of a camera.
DeviceInputOptions generated(const std::string& graph) {
  DeviceInputOptions options;
  options.format = "lavfi";
  options.device = graph;
  options.backoff.initial_delay = milliseconds(10);
  options.backoff.max_delay = milliseconds(20);
  return options;
}

Result<LiveFrame> next_frame(VideoInput& input) {
  for (;;) {
    auto item = input.read({});
    if (!item) return item.error();
    if (auto* frame = std::get_if<LiveFrame>(&*item)) return std::move(*frame);
  }
}

TEST(DeviceInput, FramesHaveTheTimesAtWhichTheyWereTaken) {
  const auto input = open_device_input(generated("testsrc2=size=320x240:rate=30,realtime"));
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_EQ((*input)->format().width_px, 320);
  EXPECT_NEAR((*input)->format().frame_rate.hz(), 30, 0.01);
  auto previous = next_frame(**input);
  ASSERT_TRUE(previous);
  const CaptureTime first = previous->time;
  for (int n = 0; n < 45; ++n) {
    auto frame = next_frame(**input);
    ASSERT_TRUE(frame);
    EXPECT_LE(frame->time, steady_clock::now());
    EXPECT_GT(frame->time, previous->time);
    previous = std::move(frame);
  }
  EXPECT_NEAR(std::chrono::duration<double>(previous->time - first).count(), 1.5, 0.3);
}

TEST(DeviceInput, FramesOfAnotherShapeAreFittedIntoTheSize) {
  auto options = generated("color=white:size=320x240:rate=30");
  options.width_px = 640;
  options.height_px = 360;
  const auto input = open_device_input(options);
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_EQ((*input)->format().width_px, 640);
  const auto frame = next_frame(**input);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->frame.format.height_px, 360);
  EXPECT_LT(frame->frame.planes[0].row(180)[10], 30);
  EXPECT_GT(frame->frame.planes[0].row(180)[320], 200);
}

TEST(DeviceInput, ADeviceThatEndsIsOpenedAgain) {
  const auto input = open_device_input(generated("testsrc2=size=64x48:rate=30:duration=0.2"));
  ASSERT_TRUE(input) << to_string(input.error());
  std::vector<InputState> states;
  std::size_t frames_after = 0;
  while (frames_after < 3) {
    auto item = (*input)->read({});
    ASSERT_TRUE(item) << to_string(item.error());
    if (const auto* event = std::get_if<InputEvent>(&*item)) states.push_back(event->state);
    frames_after += states.size() >= 2 && std::holds_alternative<LiveFrame>(*item);
  }
  EXPECT_EQ(states[0], InputState::Lost);
  EXPECT_EQ(states[1], InputState::Running);
}

TEST(DeviceInput, WhatCannotBeOpenedIsNamed) {
  auto unknown = generated("x");
  unknown.format = "no_such_device";
  EXPECT_EQ(open_device_input(unknown).error().code, ErrorCode::Unsupported);
  EXPECT_FALSE(open_device_input(generated("no_such_filter")));
  auto odd = generated("testsrc2");
  odd.width_px = 321;
  odd.height_px = 240;
  EXPECT_EQ(open_device_input(odd).error().code, ErrorCode::InvalidArgument);
  const auto missing = open_camera({.id = "camera:/dev/no-such-camera"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
}

TEST(DeviceInput, ReadsTheCameraOfThisMachine) {
  const auto cameras = list_cameras();
  if (!cameras || cameras->empty()) {
    GTEST_SKIP() << "this machine has no camera that may be opened";
  }
  const auto input = open_camera({.id = cameras->front().id, .width_px = 640, .height_px = 480});
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_TRUE(next_frame(**input));
}

TEST(CameraModes, TheNearestSizeIsTaken) {
  const std::vector<CameraMode> modes = {{"yuyv422", 640, 480, {30, 1}},
                                         {"yuyv422", 1280, 720, {10, 1}},
                                         {"mjpeg", 1280, 720, {30, 1}},
                                         {"mjpeg", 1920, 1080, {30, 1}},
                                         {"mjpeg", 640, 480, {30, 1}}};
  const auto choose = [&](int width, int height) {
    const auto mode = nearest_mode(modes, width, height, {30, 1});
    return mode->pixels + std::to_string(mode->height_px);
  };
  EXPECT_EQ(choose(1280, 720), "mjpeg720");   // raw frames are too slow
  EXPECT_EQ(choose(640, 480), "yuyv422480");  // both are as fast
  EXPECT_EQ(choose(1000, 600), "mjpeg720");
  EXPECT_EQ(choose(3840, 2160), "mjpeg1080");
  EXPECT_EQ(choose(0, 0), "mjpeg720");
  EXPECT_FALSE(nearest_mode({}, 1280, 720, {30, 1}));
}

TEST(PlatformDevices, EachPlatformHasACameraAMicrophoneAndAScreen) {
  for (const Platform platform : {Platform::Linux, Platform::Windows, Platform::MacOs}) {
    const PlatformDevices& devices = platform_devices(platform);
    EXPECT_FALSE(devices.camera.format.empty());
    EXPECT_FALSE(devices.microphone.format.empty());
    EXPECT_FALSE(devices.screen.format.empty());
  }
  EXPECT_EQ(platform_devices(Platform::Linux).camera.format, "v4l2");
  EXPECT_EQ(platform_devices(Platform::Windows).screen.format, "gdigrab");
}

}  // namespace
}  // namespace streamkit::capture
