#include <gtest/gtest.h>

#include <cstdlib>
#include <streamkit/core/context.hpp>
#include <streamkit/desktop/screen_input.hpp>

#include "frame_values.hpp"
#include "input_reader.hpp"
#include "x_test_server.hpp"

namespace streamkit::desktop {
namespace {

using std::chrono::milliseconds;

class ScreenInputTest : public testing::Test {
 protected:
  std::unique_ptr<VideoInput> open(ScreenInputOptions options = {}) {
    options.display = server_.display();
    auto input = open_screen_input(options);
    EXPECT_TRUE(input) << input.error().message;
    return input ? *std::move(input) : nullptr;
  }

  TestServer server_;
};

TEST_F(ScreenInputTest, ShowsWindowsInTheirColors) {
  TestClient client(server_);
  client.show({0, 0, 320, 480}, 0xff2010);
  client.show({320, 0, 320, 480}, 0x1040f0);
  const auto input = open();
  EXPECT_EQ(input->format(), (VideoFormat{.width_px = 640, .height_px = 480}));
  const auto frame = frame_with(*input, [](const VideoFrame& f) {
    return has_color(f, 100, 100, 0xff2010) && has_color(f, 500, 400, 0x1040f0);
  });
  ASSERT_TRUE(frame);
  EXPECT_LT(std::chrono::steady_clock::now() - frame->time, kPatience);
}

TEST_F(ScreenInputTest, SendsNothingWhileNothingChanges) {
  TestClient client(server_);
  client.show({0, 0, 640, 480}, 0x808080);
  const auto input = open();
  ASSERT_TRUE(frame_with(
      *input, [](const VideoFrame& f) { return has_color(f, 9, 9, 0x808080).operator bool(); }));
  // The server may still have reported the window's first appearance.
  int frames = 0;
  for (auto item = read_within(*input, milliseconds(500)); item;
       item = read_within(*input, milliseconds(500))) {
    ASSERT_LT(++frames, 3);
  }
  const auto item = read_within(*input, milliseconds(500));
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
}

TEST_F(ScreenInputTest, FollowsWhatIsDrawn) {
  TestClient client(server_);
  const auto window = client.show({0, 0, 640, 480}, 0x000000);
  const auto input = open();
  CaptureTime last = {};
  for (const std::uint32_t color : {0xff0000u, 0x00ff00u, 0x0000ffu, 0xffff00u}) {
    const auto painted_at = std::chrono::steady_clock::now();
    client.paint(window, {200, 200, 50, 40}, color);
    const auto frame = frame_with(
        *input, [&](const VideoFrame& f) { return has_color(f, 224, 220, color).operator bool(); });
    ASSERT_TRUE(frame) << std::hex << color;
    EXPECT_TRUE(has_color(frame->frame, 100, 100, 0x000000));
    EXPECT_GT(frame->time, painted_at - milliseconds(1));
    EXPECT_GT(frame->time, last);
    last = frame->time;
  }
}

TEST_F(ScreenInputTest, SendsNoMoreThanItsFrameRate) {
  TestClient client(server_);
  const auto window = client.show({0, 0, 640, 480}, 0x000000);
  const auto input = open({.frame_rate = {20, 1}});
  std::stop_source stop;
  const std::jthread painter([&, token = stop.get_token()] {
    for (std::uint32_t color = 0; !token.stop_requested(); color += 5) {
      client.paint(window, {0, 0, 20, 20}, color & 0xffffff);
    }
  });
  std::vector<CaptureTime> times;
  while (times.size() < 30) {
    const auto item = read_within(*input, kPatience);
    ASSERT_TRUE(item);
    if (const auto* frame = std::get_if<LiveFrame>(&*item)) times.push_back(frame->time);
  }
  stop.request_stop();
  // After the first, which comes at any time, 28 intervals of 50 ms; one may begin late.
  EXPECT_GT(times.back() - times[1], milliseconds(28 * 50 - 60));
}

TEST_F(ScreenInputTest, DrawsThePointerIfItIsAskedTo) {
  TestClient client(server_);
  const auto window = client.show({0, 0, 640, 480}, 0x000000);
  client.set_pointer(window, 0xff00ff);
  client.move_pointer(100, 100);
  const auto with = open({.frame_rate = {60, 1}});
  const auto without = open({.draw_cursor = false});
  const auto has_pointer = [](int x, int y) {
    return
        [=](const VideoFrame& f) { return has_color(f, x + 6, y + 6, 0xff00ff).operator bool(); };
  };
  ASSERT_TRUE(frame_with(*with, has_pointer(100, 100)));
  ASSERT_TRUE(frame_with(*without, [](const VideoFrame& f) {
    return has_color(f, 106, 106, 0x000000).operator bool();
  }));
  client.move_pointer(300, 201);
  const auto moved = frame_with(*with, has_pointer(300, 201));
  ASSERT_TRUE(moved);
  EXPECT_TRUE(has_color(moved->frame, 106, 106, 0x000000));
  // Also at the edge.
  client.move_pointer(639, 479);
  EXPECT_TRUE(frame_with(*with, [](const VideoFrame& f) {
    return std::abs(yuv_at(f, 639, 479).y - yuv_of(0xff00ff).y) < 3 &&
           has_color(f, 306, 207, 0x000000);
  }));
}

TEST_F(ScreenInputTest, CapturesARegionAndScalesIt) {
  TestClient client(server_);
  client.show({0, 0, 640, 480}, 0x000000);
  client.show({100, 50, 200, 100}, 0x20c060);
  const auto exact = open({.region = CaptureRegion{100, 50, 200, 100}});
  EXPECT_EQ(exact->format().width_px, 200);
  EXPECT_EQ(exact->format().height_px, 100);
  EXPECT_TRUE(frame_with(*exact, [](const VideoFrame& f) {
    return has_color(f, 0, 0, 0x20c060) && has_color(f, 199, 99, 0x20c060);
  }));
  // The part of it that is on the screen, on black.
  const auto outside =
      open({.region = CaptureRegion{540, 380, 200, 100}, .width_px = 160, .height_px = 90});
  EXPECT_TRUE(frame_with(*outside, [](const VideoFrame& f) { return f.format.width_px == 160; }));
}

TEST_F(ScreenInputTest, ReportsAnotherSizeOfTheScreen) {
  TestClient client(server_);
  client.show({0, 0, 640, 480}, 0x40a0e0);
  const auto input = open();
  ASSERT_TRUE(frame_with(*input, [](const VideoFrame&) { return true; }));
  ASSERT_TRUE(client.resize_screen(320, 400));
  const auto event = event_with(*input, InputState::Running);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->message, "the screen was resized to 320x400");
  EXPECT_TRUE(frame_with(*input, [](const VideoFrame& f) {
    return f.format.width_px == 640 && has_color(f, 320, 240, 0x40a0e0) &&
           has_color(f, 100, 240, 0x000000);
  }));
}

TEST_F(ScreenInputTest, ConnectsAgainToAServerThatComesBack) {
  const auto input = open({.patience = kPatience});
  ASSERT_TRUE(frame_with(*input, [](const VideoFrame&) { return true; }));
  const std::string display = server_.display();
  server_.end();
  const auto lost = event_with(*input, InputState::Lost);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->message, "the X server went away");
  const TestServer again(display);
  TestClient client(again);
  client.show({0, 0, 640, 480}, 0x205080);
  EXPECT_TRUE(event_with(*input, InputState::Running));
  EXPECT_TRUE(frame_with(
      *input, [](const VideoFrame& f) { return has_color(f, 9, 9, 0x205080).operator bool(); }));
}

TEST_F(ScreenInputTest, FailsWhenTheServerStaysAway) {
  const auto input = open({.patience = milliseconds(300)});
  ASSERT_TRUE(frame_with(*input, [](const VideoFrame&) { return true; }));
  server_.end();
  ASSERT_TRUE(event_with(*input, InputState::Lost));
  const auto item = read_within(*input, kPatience);
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(read_within(*input, kPatience).error().code, ErrorCode::Unavailable);
}

TEST_F(ScreenInputTest, IsStoppedWhileItWaits) {
  const auto input = open({.draw_cursor = false});
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_EQ(input->read(stopped.get_token()).error().code, ErrorCode::Cancelled);
  EXPECT_TRUE(frame_with(*input, [](const VideoFrame&) { return true; }));
}

TEST_F(ScreenInputTest, NamesTheOptionThatIsWrong) {
  const auto fails = [&](ScreenInputOptions options, ErrorCode code, const std::string& part) {
    if (options.display.empty()) options.display = server_.display();
    const auto input = open_screen_input(options);
    ASSERT_FALSE(input) << part;
    EXPECT_EQ(input.error().code, code) << input.error().message;
    EXPECT_NE(input.error().message.find(part), std::string::npos) << input.error().message;
  };
  fails({.width_px = 641, .height_px = 480}, ErrorCode::InvalidArgument, "641x480");
  fails({.width_px = 640}, ErrorCode::InvalidArgument, "640x0");
  fails({.width_px = 16384, .height_px = 480}, ErrorCode::InvalidArgument, "16 to 8192");
  fails({.frame_rate = {0, 1}}, ErrorCode::InvalidArgument, "frame rate");
  fails({.patience = milliseconds(-1)}, ErrorCode::InvalidArgument, "patience");
  fails({.region = CaptureRegion{0, 0, 0, 5}}, ErrorCode::InvalidArgument, "region");
  fails({.region = CaptureRegion{640, 0, 10, 10}}, ErrorCode::InvalidArgument, "640x480");
  fails({.source = "screen:HDMI-7"}, ErrorCode::NotFound, "there are: screen:");
  fails({.source = "window:0x999999"}, ErrorCode::NotFound, "window:0x999999");
  fails({.source = "camera:0"}, ErrorCode::InvalidArgument, "camera:0");
  fails({.display = ":99999"}, ErrorCode::Unavailable, "':99999'");
  fails({.display = "nonsense"}, ErrorCode::Unavailable, "'nonsense'");
}

}  // namespace
}  // namespace streamkit::desktop
