#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <streamkit/desktop/desktop_id.hpp>
#include <streamkit/desktop/desktop_sources.hpp>

#include "desktop/x_windows.hpp"
#include "frame_values.hpp"
#include "x_test_server.hpp"

namespace streamkit::desktop {
namespace {

TEST(DesktopSourcesTest, ListsScreensAndWindows) {
  const TestServer server;
  TestClient client(server);
  const auto window =
      client.show({10, 20, 300, 200}, 0xff0000, "\xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac", "Viewer");
  const auto sources = list_desktop_sources(server.display());
  ASSERT_TRUE(sources) << sources.error().message;
  ASSERT_EQ(sources->size(), 2U);
  const SourceInfo& screen = sources->front();
  EXPECT_TRUE(screen.id.starts_with("screen:")) << screen.id;
  EXPECT_EQ(screen.kind, SourceKind::Screen);
  EXPECT_EQ(screen.width_px, 640);
  EXPECT_EQ(screen.height_px, 480);
  EXPECT_TRUE(screen.is_default);
  const SourceInfo& shown = sources->back();
  EXPECT_EQ(shown.id, to_string(DesktopId{.window = window}));
  EXPECT_EQ(shown.kind, SourceKind::Window);
  EXPECT_EQ(shown.name, "\xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac");
  EXPECT_EQ(shown.application, "Viewer");
  EXPECT_EQ(shown.width_px, 300);
  EXPECT_EQ(shown.height_px, 200);
  const auto again = list_desktop_sources(server.display());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->front().id, screen.id);
}

TEST(DesktopSourcesTest, NamesWhatIsMissing) {
  const char* before = std::getenv("DISPLAY");
  const std::string kept = before != nullptr ? before : "";
  unsetenv("DISPLAY");
  const auto sources = list_desktop_sources();
  if (before != nullptr) setenv("DISPLAY", kept.c_str(), 1);
  ASSERT_FALSE(sources);
  EXPECT_EQ(sources.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(sources.error().message.find("set the environment variable DISPLAY"),
            std::string::npos);
}

TEST(DesktopSourcesTest, ShowsPreviews) {
  const TestServer server;
  TestClient client(server);
  client.show({0, 0, 640, 480}, 0x404040);
  const auto window = client.show({10, 20, 300, 100}, 0xff8000);
  const std::string id = to_string(DesktopId{.window = window});
  const auto sources = list_desktop_sources(server.display());
  ASSERT_TRUE(sources);
  const auto screen = preview_desktop_source(sources->front().id, 320, server.display());
  ASSERT_TRUE(screen) << screen.error().message;
  EXPECT_EQ(screen->format.width_px, 320);
  EXPECT_EQ(screen->format.height_px, 240);
  EXPECT_TRUE(has_color(*screen, 40, 30, 0xff8000));
  EXPECT_TRUE(has_color(*screen, 300, 200, 0x404040));
  const auto shown = preview_desktop_source(id, 150, server.display());
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->format.width_px, 150);
  EXPECT_EQ(shown->format.height_px, 50);
  EXPECT_TRUE(has_color(*shown, 149, 49, 0xff8000));
  client.show({0, 0, 640, 480}, 0x000000);
  const auto covered = preview_desktop_source(id, 150, server.display());
  ASSERT_TRUE(covered) << covered.error().message;
  EXPECT_TRUE(has_color(*covered, 75, 25, 0xff8000));
}

TEST(DesktopSourcesTest, RejectsPreviewsOfWhatIsNotThere) {
  const TestServer server;
  EXPECT_EQ(preview_desktop_source("window:0x5", 100, server.display()).error().code,
            ErrorCode::NotFound);
  EXPECT_EQ(preview_desktop_source("screen:none", 100, server.display()).error().code,
            ErrorCode::NotFound);
  EXPECT_EQ(preview_desktop_source("nonsense", 100, server.display()).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(preview_desktop_source("window:0x5", 15, server.display()).error().code,
            ErrorCode::InvalidArgument);
}

TEST(ReadableTextTest, IsUtf8InOneLine) {
  EXPECT_EQ(readable_text("plain"), "plain");
  EXPECT_EQ(readable_text(" \ttwo\nlines\x1b \x7f"), "two lines");
  EXPECT_EQ(readable_text("caf\xe9"), "caf\xc3\xa9");
  EXPECT_EQ(readable_text("caf\xc3\xa9 \xf0\x9f\x98\x80"), "caf\xc3\xa9 \xf0\x9f\x98\x80");
  EXPECT_EQ(readable_text("a\xc2\x85"
                          "b\x80"
                          "c"),
            "a b c");
  EXPECT_EQ(readable_text("\xed\xa0\x80"), "\xc3\xad\xc2\xa0");
  EXPECT_EQ(readable_text(""), "");
  EXPECT_LE(readable_text(std::string(5000, 'x')).size(), 400U);
}

}  // namespace
}  // namespace streamkit::desktop
