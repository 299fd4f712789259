#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <streamkit/desktop/portal_input.hpp>
#include <thread>

#include "desktop/choice_file.hpp"
#include "desktop/portal_id.hpp"
#include "input_reader.hpp"
#include "portal_test_server.hpp"

namespace streamkit::desktop {
namespace {

/// Sets WAYLAND_DISPLAY while it exists.
class WaylandSession {
 public:
  WaylandSession() { ::setenv("WAYLAND_DISPLAY", "wayland-0", 1); }
  ~WaylandSession() { ::unsetenv("WAYLAND_DISPLAY"); }
};

class ChoiceFolder {
 public:
  ChoiceFolder() {
    std::string folder =
        (std::filesystem::temp_directory_path() / "streamkit-choice-XXXXXX").string();
    if (::mkdtemp(folder.data()) != nullptr) folder_ = folder;
  }
  ~ChoiceFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "new" / "choice"; }

 private:
  std::filesystem::path folder_;
};

ErrorCode code_of(const PortalInputOptions& options) {
  const auto input = open_portal_input(options);
  EXPECT_FALSE(input);
  if (input) return ErrorCode::Internal;
  EXPECT_FALSE(input.error().message.empty());
  return input.error().code;
}

TEST(PortalId, ReadsWhatItWrites) {
  EXPECT_EQ(parse_portal_id("portal:screen"), CastKind::Screen);
  EXPECT_EQ(parse_portal_id(portal_id(CastKind::Window)), CastKind::Window);
  for (const char* text : {"", "portal:", "portal:screen2", "Portal:screen", "screen:portal"}) {
    EXPECT_FALSE(parse_portal_id(text)) << text;
  }
}

TEST(PortalInput, NamesTheOptionThatIsWrong) {
  EXPECT_EQ(code_of({.source = "portal:camera"}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.width_px = 15, .height_px = 16}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.frame_rate = {0, 1}}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.patience = std::chrono::hours(2)}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of({.user_timeout = std::chrono::seconds(-1)}), ErrorCode::InvalidArgument);
}

TEST(PortalInput, ListsNothingOutsideOfWayland) {
  ::unsetenv("WAYLAND_DISPLAY");
  const auto listed = list_portal_sources();
  ASSERT_TRUE(listed);
  EXPECT_TRUE(listed->empty());
}

TEST(PortalInput, ListsWhatThePortalOffers) {
  const WaylandSession session;
  const TestBus bus;
  {
    const PortalTestServer portal({.kinds = 7});
    const auto listed = list_portal_sources();
    ASSERT_TRUE(listed) << to_string(listed.error());
    ASSERT_EQ(listed->size(), 2u);
    EXPECT_EQ(listed->front().id, "portal:screen");
    EXPECT_EQ(listed->front().kind, SourceKind::Screen);
    EXPECT_TRUE(listed->front().is_default);
    EXPECT_EQ(listed->back().id, "portal:window");
    EXPECT_EQ(listed->back().kind, SourceKind::Window);
  }
  const PortalTestServer portal({.kinds = 1});
  const auto listed = list_portal_sources();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u);
}

TEST(PortalInput, SaysWhatToInstallWithoutAPortal) {
  const WaylandSession session;
  ::setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere", 1);
  EXPECT_EQ(code_of({}), ErrorCode::Unavailable);
  const TestBus bus;
  const auto listed = list_portal_sources();
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, ErrorCode::Unavailable);
  EXPECT_NE(listed.error().message.find("install xdg-desktop-portal"), std::string::npos);
  EXPECT_EQ(code_of({}), ErrorCode::Unavailable);
  const PortalTestServer portal({.version = 0});
  EXPECT_EQ(code_of({}), ErrorCode::Unsupported);
}

TEST(PortalInput, ReportsThatTheUserRefused) {
  const TestBus bus;
  const PortalTestServer portal({.answer = 1});
  EXPECT_EQ(code_of({}), ErrorCode::PermissionDenied);
  // The session that was created for it is closed.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (portal.closed().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_FALSE(portal.closed().empty());
}

TEST(PortalInput, ReportsThatTheDialogWasNotShown) {
  const TestBus bus;
  const PortalTestServer portal({.answer = 2});
  EXPECT_EQ(code_of({}), ErrorCode::Unavailable);
}

TEST(PortalInput, ReportsAKindThatThePortalLacks) {
  const TestBus bus;
  const PortalTestServer portal({.kinds = 1});
  EXPECT_EQ(code_of({.source = "portal:window"}), ErrorCode::NotFound);
}

TEST(PortalInput, WaitsForTheUserUntilItsTimeIsOver) {
  const TestBus bus;
  const PortalTestServer portal({.answer = std::nullopt});
  EXPECT_EQ(code_of({.user_timeout = std::chrono::milliseconds(300)}), ErrorCode::Timeout);
}

TEST(PortalInput, StopsWaitingForTheUser) {
  const TestBus bus;
  const PortalTestServer portal({.answer = std::nullopt});
  std::stop_source stop;
  const std::jthread stopper([&](std::stop_token) {
    while (portal.choices().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stop.request_stop();
  });
  EXPECT_EQ(code_of({.stop = stop.get_token()}), ErrorCode::Cancelled);
}

TEST(PortalInput, AsksForWhatTheOptionsSay) {
  const TestBus bus;
  const PortalTestServer portal;
  // The stream leads nowhere, so that opening fails after the user has answered.
  EXPECT_EQ(code_of({}), ErrorCode::Unavailable);
  EXPECT_EQ(code_of({.source = "portal:window", .draw_cursor = false}), ErrorCode::Unavailable);
  const auto choices = portal.choices();
  ASSERT_EQ(choices.size(), 2u);
  EXPECT_EQ(choices[0].types, 1u);
  EXPECT_EQ(choices[0].cursor_mode, 2u);
  EXPECT_EQ(choices[0].persist_mode, 2u);
  EXPECT_EQ(choices[0].restore_token, "");
  EXPECT_EQ(choices[1].types, 2u);
  EXPECT_EQ(choices[1].cursor_mode, 1u);
}

TEST(PortalInput, LeavesOutWhatAnOldPortalDoesNotKnow) {
  const ChoiceFolder folder;
  ASSERT_TRUE(write_choice(folder.file(), "old-token"));
  const TestBus bus;
  const PortalTestServer portal({.cursor_modes = 1, .version = 3});
  EXPECT_EQ(code_of({.choice_file = folder.file()}), ErrorCode::Unavailable);
  ASSERT_EQ(portal.choices().size(), 1u);
  EXPECT_EQ(portal.choices()[0].cursor_mode, 0u);
  EXPECT_EQ(portal.choices()[0].persist_mode, 0u);
  EXPECT_EQ(portal.choices()[0].restore_token, "");
}

TEST(PortalInput, GivesTheTokenOfTheLastChoice) {
  const ChoiceFolder folder;
  ASSERT_TRUE(write_choice(folder.file(), "old-token"));
  const TestBus bus;
  {
    const PortalTestServer portal;
    EXPECT_EQ(code_of({.choice_file = folder.file()}), ErrorCode::Unavailable);
    ASSERT_EQ(portal.choices().size(), 1u);
    EXPECT_EQ(portal.choices()[0].restore_token, "old-token");
  }
  // A portal that does not take it is asked without it.
  const PortalTestServer portal({.rejects_tokens = true});
  ASSERT_TRUE(write_choice(folder.file(), "old-token"));
  EXPECT_EQ(code_of({.choice_file = folder.file()}), ErrorCode::Unavailable);
  ASSERT_EQ(portal.choices().size(), 2u);
  EXPECT_EQ(portal.choices()[1].restore_token, "");
}

TEST(ChoiceFile, KeepsATokenForItsOwnerOnly) {
  const ChoiceFolder folder;
  EXPECT_EQ(read_choice(folder.file()), "");
  ASSERT_TRUE(write_choice(folder.file(), "one"));
  ASSERT_TRUE(write_choice(folder.file(), "two"));
  EXPECT_EQ(read_choice(folder.file()), "two");
  EXPECT_EQ(std::filesystem::status(folder.file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(ChoiceFile, ReadsNothingFromOtherFiles) {
  const ChoiceFolder folder;
  ASSERT_TRUE(write_choice(folder.file(), "one"));
  for (const std::string& text : {std::string("two words"), std::string("\xff\xfe"),
                                  std::string(5000, 'x'), std::string("a\0b", 3)}) {
    std::ofstream(folder.file()) << text;
    EXPECT_EQ(read_choice(folder.file()), "");
  }
  EXPECT_EQ(read_choice(folder.file().parent_path()), "");
  EXPECT_FALSE(write_choice("/dev/null/choice", "one"));
}

}  // namespace
}  // namespace streamkit::desktop
