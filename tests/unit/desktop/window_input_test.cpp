#include <gtest/gtest.h>

#include <atomic>
#include <streamkit/core/context.hpp>
#include <streamkit/desktop/desktop_id.hpp>
#include <streamkit/desktop/desktop_sources.hpp>
#include <streamkit/desktop/screen_input.hpp>

#include "frame_values.hpp"
#include "input_reader.hpp"
#include "x_test_server.hpp"

namespace streamkit::desktop {
namespace {

using std::chrono::milliseconds;

std::function<bool(const VideoFrame&)> shows(int x, int y, std::uint32_t color) {
  return [=](const VideoFrame& frame) { return static_cast<bool>(has_color(frame, x, y, color)); };
}

class WindowInputTest : public testing::Test {
 protected:
  std::unique_ptr<VideoInput> open(std::uint32_t window, ScreenInputOptions options = {}) {
    options.source = to_string(DesktopId{.window = window});
    options.display = server_.display();
    auto input = open_screen_input(options);
    EXPECT_TRUE(input) << input.error().message;
    return input ? *std::move(input) : nullptr;
  }

  TestServer server_;
  TestClient client_{server_};
};

TEST_F(WindowInputTest, ShowsAWindowThatOthersCover) {
  const auto window = client_.show({50, 50, 200, 120}, 0xc08040);
  const auto input = open(window);
  EXPECT_EQ(input->format().width_px, 200);
  EXPECT_EQ(input->format().height_px, 120);
  ASSERT_TRUE(frame_with(*input, shows(100, 60, 0xc08040)));
  const auto above = client_.show({0, 0, 640, 480}, 0xffffff);
  ASSERT_TRUE(event_with(*input, InputState::Covered));
  client_.paint(window, {0, 0, 200, 120}, 0x3060c0);
  const auto frame = frame_with(*input, shows(100, 60, 0x3060c0));
  ASSERT_TRUE(frame);
  EXPECT_TRUE(has_color(frame->frame, 2, 2, 0x3060c0));
  client_.close(above);
  EXPECT_TRUE(event_with(*input, InputState::Running));
}

TEST_F(WindowInputTest, SaysNothingOfAWindowThatIsCoveredInPart) {
  const auto window = client_.show({50, 50, 200, 120}, 0xc08040);
  const auto input = open(window, {.draw_cursor = false});
  ASSERT_TRUE(frame_with(*input, shows(100, 60, 0xc08040)));
  client_.show({0, 0, 200, 480}, 0xffffff);
  for (auto item = read_within(*input, milliseconds(400)); item;
       item = read_within(*input, milliseconds(400))) {
    const auto* event = std::get_if<InputEvent>(&*item);
    ASSERT_EQ(event, nullptr) << event->message;
  }
}

TEST_F(WindowInputTest, ShowsAWindowThatIsPartlyOutsideOfTheScreen) {
  const auto window = client_.show({-60, -40, 200, 120}, 0xc08040);
  const auto input = open(window);
  client_.paint(window, {0, 0, 200, 120}, 0x20e0a0);
  EXPECT_TRUE(frame_with(*input, [](const VideoFrame& f) {
    return has_color(f, 1, 1, 0x20e0a0) && has_color(f, 198, 118, 0x20e0a0);
  }));
}

TEST_F(WindowInputTest, ScalesAWindowThatIsResized) {
  const auto window = client_.show({0, 0, 200, 100}, 0xc08040);
  const auto input = open(window);
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
  client_.resize(window, 100, 100);
  const auto event = event_with(*input, InputState::Running);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->message, "the window was resized to 100x100");
  const auto frame = frame_with(*input, [](const VideoFrame& f) {
    return has_color(f, 100, 50, 0xc08040) && has_color(f, 20, 50, 0x000000);
  });
  ASSERT_TRUE(frame);
  EXPECT_TRUE(has_color(frame->frame, 180, 50, 0x000000));
  client_.resize(window, 400, 200);
  EXPECT_TRUE(frame_with(*input, [](const VideoFrame& f) {
    return has_color(f, 4, 50, 0xc08040) && has_color(f, 195, 95, 0xc08040);
  }));
}

TEST_F(WindowInputTest, WaitsForAWindowThatIsHidden) {
  const auto window = client_.show({0, 0, 200, 100}, 0xc08040);
  const auto input = open(window);
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
  client_.unmap(window);
  ASSERT_TRUE(event_with(*input, InputState::Minimized));
  const auto item = read_within(*input, milliseconds(200));
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
  client_.map(window);
  EXPECT_TRUE(event_with(*input, InputState::Running));
  EXPECT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
}

TEST_F(WindowInputTest, OpensAWindowThatIsHidden) {
  const auto window = client_.show({0, 0, 200, 100}, 0xc08040);
  client_.unmap(window);
  const auto input = open(window);
  ASSERT_TRUE(event_with(*input, InputState::Minimized));
  client_.map(window);
  EXPECT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
}

TEST_F(WindowInputTest, FollowsMinimizingByAWindowManager) {
  const TestProgram manager({"env", "DISPLAY=" + server_.display(), "openbox", "--sm-disable"});
  const auto window = client_.show({20, 40, 200, 100}, 0xc08040, "managed");
  // A window manager that is just starting may have missed it.
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!client_.is_managed(window) && std::chrono::steady_clock::now() < give_up) {
    client_.unmap(window);
    client_.map(window);
    std::this_thread::sleep_for(milliseconds(100));
  }
  const auto sources = list_desktop_sources(server_.display());
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->back().id, to_string(DesktopId{.window = window}));
  EXPECT_EQ(sources->size(), 2U);
  // The pointer is in the middle, where the window manager puts the window.
  const auto input = open(window, {.draw_cursor = false});
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
  client_.iconify(window);
  ASSERT_TRUE(event_with(*input, InputState::Minimized));
  const std::string id = to_string(DesktopId{.window = window});
  EXPECT_EQ(preview_desktop_source(id, 64, server_.display()).error().code, ErrorCode::Unavailable);
  client_.map(window);
  ASSERT_TRUE(event_with(*input, InputState::Running));
  client_.paint(window, {0, 0, 200, 100}, 0x30a0f0);
  EXPECT_TRUE(frame_with(*input, shows(100, 50, 0x30a0f0)));
  client_.close(window);
  EXPECT_TRUE(event_with(*input, InputState::Lost));
}

TEST_F(WindowInputTest, EndsWhenTheWindowStaysClosed) {
  const auto window = client_.show({0, 0, 200, 100}, 0xc08040, "gone");
  client_.show({200, 0, 200, 100}, 0x000000, "other");
  const auto input = open(window, {.patience = milliseconds(300)});
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
  client_.close(window);
  const auto lost = event_with(*input, InputState::Lost);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->message, "the window was closed");
  for (int i = 0; i < 2; ++i) {
    const auto item = read_within(*input, kPatience);
    ASSERT_TRUE(item);
    EXPECT_TRUE(std::holds_alternative<EndOfStream>(*item));
  }
}

// A window that is closed while its name is read must not be taken for one without a name.
TEST_F(WindowInputTest, ReportsAWindowThatIsShownAndClosedAtOnce) {
  client_.show({200, 0, 200, 100}, 0x000000, "", "");
  for (int i = 0; i < 10; ++i) {
    const auto window = client_.show({0, 0, 200, 100}, 0xc08040, "short-lived");
    const auto input = open(window, {.patience = kPatience});
    ASSERT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
    client_.unmap(window);
    ASSERT_TRUE(event_with(*input, InputState::Minimized));
    client_.map(window);
    client_.set_title(window, "short-lived");  // which makes it read the name
    client_.close(window);
    ASSERT_TRUE(event_with(*input, InputState::Lost)) << i;
  }
}

TEST_F(WindowInputTest, TakesUpAWindowThatIsOpenedAgain) {
  const auto window = client_.show({0, 0, 200, 100}, 0xc08040, "first title");
  const auto input = open(window, {.patience = kPatience});
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0xc08040)));
  client_.set_title(window, "M\xc3\xbcsli");
  client_.paint(window, {0, 0, 200, 100}, 0x102030);
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0x102030)));
  // It reads the title again soon; nothing shows when.
  while (read_within(*input, milliseconds(500))) {
  }
  client_.close(window);
  ASSERT_TRUE(event_with(*input, InputState::Lost));
  client_.show({0, 0, 200, 100}, 0x00ff00, "first title");
  client_.show({0, 100, 200, 100}, 0xff0000, "M\xc3\xbcsli", "Stranger");
  const auto again = client_.show({0, 200, 200, 100}, 0x4060f0, "M\xc3\xbcsli");
  const auto back = event_with(*input, InputState::Running);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->message, "the window is back, 200x100");
  ASSERT_TRUE(frame_with(*input, shows(100, 50, 0x4060f0)));
  client_.paint(again, {0, 0, 200, 100}, 0xf06040);
  EXPECT_TRUE(frame_with(*input, shows(100, 50, 0xf06040)));
}

TEST_F(WindowInputTest, DrawsThePointerOnlyWhereTheWindowIsBelowIt) {
  const auto window = client_.show({100, 100, 200, 100}, 0x000000);
  client_.set_pointer(window, 0xff00ff);
  client_.move_pointer(150, 150);
  const auto input = open(window);
  ASSERT_TRUE(frame_with(*input, shows(56, 56, 0xff00ff)));
  const auto above = client_.show({100, 100, 100, 100}, 0xffffff);
  ASSERT_TRUE(frame_with(*input, shows(56, 56, 0x000000)));
  client_.close(above);
  EXPECT_TRUE(frame_with(*input, shows(56, 56, 0xff00ff)));
}

TEST_F(WindowInputTest, CapturesARegionOfAWindow) {
  const auto window = client_.show({100, 100, 200, 100}, 0x000000);
  client_.paint(window, {20, 10, 60, 40}, 0xe0c020);
  const auto input = open(window, {.region = CaptureRegion{20, 10, 60, 40}});
  EXPECT_EQ(input->format().width_px, 60);
  client_.paint(window, {20, 10, 60, 40}, 0x20c0e0);
  EXPECT_TRUE(frame_with(*input, [](const VideoFrame& f) {
    return has_color(f, 0, 0, 0x20c0e0) && has_color(f, 59, 39, 0x20c0e0);
  }));
}

TEST_F(WindowInputTest, SurvivesWindowsThatComeAndGo) {
  const auto steady = client_.show({0, 0, 64, 64}, 0xffffff, "steady");
  std::atomic<bool> done = false;
  std::atomic<std::uint32_t> current = steady;
  const std::jthread churn([&] {
    TestClient other(server_);
    for (int i = 0; !done; ++i) {
      const auto window = other.show({i % 300, 50, 100 + i % 50, 80}, 0x4080c0, "churn");
      current = window;
      other.resize(window, 50 + i % 99, 60);
      if (i % 3 == 0) other.unmap(window);
      if (i % 4 == 0) std::this_thread::sleep_for(milliseconds(30));
      other.close(window);
    }
  });
  // However busy the machine is, some are opened before they are gone.
  int opened = 0;
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  for (int i = 0; i < 30 || (opened < 3 && std::chrono::steady_clock::now() < give_up); ++i) {
    EXPECT_TRUE(list_desktop_sources(server_.display()));
    const std::string id = to_string(DesktopId{.window = current});
    (void)preview_desktop_source(id, 32, server_.display());
    auto input = open_screen_input(
        {.source = id, .patience = milliseconds(0), .display = server_.display()});
    if (!input) continue;
    ++opened;
    for (int read = 0; read < 4; ++read) (void)read_within(**input, milliseconds(20));
  }
  done = true;
  EXPECT_GE(opened, 3);
}

}  // namespace
}  // namespace streamkit::desktop
