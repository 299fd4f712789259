#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "capture/ui_json.hpp"
#include "capture/ui_qr.hpp"
#include "capture/ui_sessions.hpp"

namespace streamkit::capture_tool {
namespace {

class RecentSessionsTest : public ::testing::Test {
 protected:
  RecentSessionsTest() {
    char name[] = "/tmp/streamkit-sessions-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~RecentSessionsTest() override { std::filesystem::remove_all(folder_); }

  static RecentSession session(int number) {
    const auto id = "session-" + std::to_string(number);
    return {.session_id = id,
            .playlist_url = "http://localhost:8000/stream/" + id,
            .watch_url = "http://localhost:8000/watch/" + id,
            .source = "a \"window\" \xff",
            .started_at = "2026-11-21T10:00:00Z",
            .state = "streaming"};
  }
  std::filesystem::path folder_;
};

TEST_F(RecentSessionsTest, KeepsTheNewestOverARestart) {
  const auto file = folder_ / "a" / "sessions.json";
  {
    RecentSessions sessions(file, {});
    for (int i = 0; i < 30; ++i) sessions.put(session(i));
    auto ended = session(29);
    ended.state = "ended";
    sessions.put(ended);
  }
  const RecentSessions sessions(file, {});
  ASSERT_EQ(sessions.list().size(), RecentSessions::kMost);
  EXPECT_EQ(sessions.list().front().session_id, "session-29");
  EXPECT_EQ(sessions.list().front().state, "ended");
  EXPECT_EQ(sessions.list().back().session_id, "session-10");
}

TEST_F(RecentSessionsTest, PutsAFileThatItDoesNotUnderstandAside) {
  const auto file = folder_ / "sessions.json";
  for (const auto* text : {"", "{", "[]", R"({"sessions":{}})"}) {
    std::ofstream(file) << text;
    RecentSessions sessions(file, {});
    EXPECT_TRUE(sessions.list().empty());
    EXPECT_FALSE(std::filesystem::exists(file)) << text;
    EXPECT_TRUE(std::filesystem::exists(folder_ / "sessions.json.damaged"));
  }
}

TEST_F(RecentSessionsTest, LeavesOutAnAddressThatIsNoWebAddress) {
  const auto file = folder_ / "sessions.json";
  std::ofstream(file) << R"json({"sessions":[{"session_id":"a","watch_url":"javascript:alert(1)"},
    {"session_id":"b","watch_url":"http://localhost/watch/b"}, 7]})json";
  const RecentSessions sessions(file, {});
  ASSERT_EQ(sessions.list().size(), 1u);
  EXPECT_EQ(sessions.list().front().session_id, "b");
}

TEST(QrTest, IsAnImageOfASquare) {
  const auto svg = qr_svg("http://localhost:8000/stream/abc/playlist.m3u8");
  ASSERT_TRUE(svg);
  EXPECT_TRUE(svg->starts_with("<svg xmlns="));
  EXPECT_NE(svg->find("viewBox=\"0 0 41 41\""), std::string::npos) << *svg;
  EXPECT_FALSE(qr_svg(""));
  EXPECT_FALSE(qr_svg(std::string(5000, 'x')));
}

TEST(UiJsonTest, AStatusIsJsonWhateverItsTexts) {
  CaptureStatus status;
  status.state = CaptureState::Stopped;
  status.audio.push_back({.id = "a", .name = "\xff\"<script>"});
  status.problems.push_back({"no_sound", "line\nbreak"});
  const auto json = status_json(status);
  EXPECT_NE(json.find("\"state\":\"stopped\""), std::string::npos);
  EXPECT_NE(json.find("line\\nbreak"), std::string::npos);
  EXPECT_EQ(json.find('\xff'), std::string::npos);
}

}  // namespace
}  // namespace streamkit::capture_tool
