#include <gtest/gtest.h>

#include <streamkit/desktop/desktop_id.hpp>

namespace streamkit::desktop {
namespace {

TEST(DesktopIdTest, ReadsWhatItWrites) {
  for (const DesktopId& id : {DesktopId{.screen = "HDMI-1"}, DesktopId{.screen = "a b,c%"},
                              DesktopId{.screen = "B\xc3\xbcro\n"}, DesktopId{.window = 1},
                              DesktopId{.window = 0xffffffff}}) {
    EXPECT_EQ(parse_desktop_id(to_string(id)), id) << to_string(id);
  }
}

TEST(DesktopIdTest, WritesVisibleAsciiWithoutSpaceOrComma) {
  EXPECT_EQ(to_string(DesktopId{.screen = "HDMI-1"}), "screen:HDMI-1");
  EXPECT_EQ(to_string(DesktopId{.screen = "a b,\xc3\n%"}), "screen:a%20b%2c%c3%0a%25");
  EXPECT_EQ(to_string(DesktopId{.window = 0x1a00003}), "window:0x1a00003");
}

TEST(DesktopIdTest, RejectsOtherTexts) {
  for (const char* text : {"",
                           "screen",
                           "screen:",
                           "screen:a b",
                           "screen:a,b",
                           "screen:%",
                           "screen:%2",
                           "screen:%2g",
                           "screen:\xc3\xbc",
                           "window:",
                           "window:5",
                           "window:0x",
                           "window:0x0",
                           "window:0xg",
                           "window:0x123456789",
                           "window:0x-1",
                           "window:0x+1",
                           "window:0x1 ",
                           "pulse:x",
                           "WINDOW:0x1"}) {
    EXPECT_FALSE(parse_desktop_id(text)) << text;
  }
  EXPECT_FALSE(parse_desktop_id("screen:" + std::string(256, 'x')));
}

}  // namespace
}  // namespace streamkit::desktop
