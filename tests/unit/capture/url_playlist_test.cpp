#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <streamkit/capture/url_input.hpp>
#include <string>

#include "client/loopback_server.hpp"
#include "flash_clip.hpp"
#include "input_watcher.hpp"

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using streamkit::testing::answer;
using streamkit::testing::LoopbackServer;
using streamkit::testing::ReceivedRequest;
using streamkit::testing::Reply;
using streamkit::testing::ReplyKind;

constexpr std::size_t kSegments = 30;  // of a second each

const FlashClip& clip() {
  static const FlashClip kClip(static_cast<int>(kSegments));
  return kClip;
}

/// Serves the clip as live HLS: a playlist of six segments that moves on each second.
class LivePlaylist {
 public:
  explicit LivePlaylist(std::size_t last = kSegments) : last_(last) {
    for (const FlashClip::Mark& mark : clip().marks()) {
      const bool begins = to_seconds(mark.due) > static_cast<double>(begins_.size()) - 0.01;
      if (begins) begins_.push_back(mark.end);
    }
    begins_[0] = 0;
    begins_.push_back(clip().bytes().size());
    begin_ = steady_clock::now();  // the clip takes its time
    server_ = std::make_unique<LoopbackServer>(
        [this](const ReceivedRequest& request) { return reply(request); });
  }

  [[nodiscard]] std::string url() const { return server_->url() + "/live.m3u8"; }
  void set_away(bool away) { away_ = away; }
  [[nodiscard]] const LoopbackServer& server() const { return *server_; }
  /// Returns the number of complete segments.
  [[nodiscard]] std::size_t complete() const {
    const auto passed = std::chrono::duration<double>(steady_clock::now() - begin_).count();
    return std::min(last_, static_cast<std::size_t>(passed) + 6);
  }

 private:
  Reply reply(const ReceivedRequest& request) const {
    if (away_) return {ReplyKind::Reset};
    if (request.target == "/live.m3u8") return answer(200, playlist());
    const std::size_t number = std::strtoul(request.target.c_str() + 1, nullptr, 10);
    if (number >= complete()) return answer(404);
    return answer(200, std::string_view(clip().bytes())
                           .substr(begins_[number], begins_[number + 1] - begins_[number]));
  }

  std::string playlist() const {
    const std::size_t end = complete();
    const std::size_t first = end < 6 ? 0 : end - 6;
    std::string text =
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:" +
        std::to_string(first) + "\n";
    for (std::size_t n = first; n < end; ++n) {
      text += "#EXTINF:1.0,\n" + std::to_string(n) + ".ts\n";
    }
    return end == last_ ? text + "#EXT-X-ENDLIST\n" : text;
  }

  const std::size_t last_;
  steady_clock::time_point begin_;
  std::vector<std::size_t> begins_;
  std::atomic<bool> away_ = false;
  std::unique_ptr<LoopbackServer> server_;
};

UrlInputOptions options_for(const std::string& url) {
  UrlInputOptions options;
  options.url = url;
  options.backoff.initial_delay = milliseconds(20);
  options.backoff.max_delay = milliseconds(100);
  return options;
}

// The number of the segment that was asked for first.
std::size_t first_segment(const LoopbackServer& server) {
  for (const ReceivedRequest& request : server.requests()) {
    if (request.target.ends_with(".ts")) {
      return std::strtoul(request.target.c_str() + 1, nullptr, 10);
    }
  }
  return 0;
}

TEST(UrlPlaylist, IsJoinedThreeSegmentsBeforeItsEdge) {
  const LivePlaylist playlist;
  auto inputs = open_url_inputs(options_for(playlist.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  EXPECT_GE(first_segment(playlist.server()), 3u);
  InputWatcher watcher(std::move(*inputs));
  const auto seen = watcher.wait_for_seconds(5);
  expect_in_step(seen);
  EXPECT_TRUE(seen.events.empty());
  EXPECT_EQ(watcher.stats().gaps, 0u);
}

TEST(UrlPlaylist, EndsWithItsLastSegment) {
  const LivePlaylist playlist(9);
  auto inputs = open_url_inputs(options_for(playlist.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  InputWatcher watcher(std::move(*inputs));
  const auto seen = watcher.wait_for([](const auto& s) { return s.ended || s.failure; });
  EXPECT_TRUE(seen.ended);
  EXPECT_GE(seen.frames, 90u);
}

TEST(UrlPlaylist, AShortOutageLeavesNoGap) {
  LivePlaylist playlist;
  auto inputs = open_url_inputs(options_for(playlist.url()));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  InputWatcher watcher(std::move(*inputs));
  watcher.wait_for_seconds(1);
  playlist.set_away(true);
  watcher.wait_for([&](const auto&) { return watcher.stats().retries > 0; });
  playlist.set_away(false);
  watcher.wait_for([&](const auto&) { return watcher.stats().reconnects > 0; });
  const auto seen = watcher.wait_for_seconds(4);
  expect_in_step(seen);
  for (std::size_t n = 1; n < seen.flashes.size(); ++n) {
    EXPECT_NEAR(std::chrono::duration<double>(seen.flashes[n] - seen.flashes[n - 1]).count(), 1,
                0.25);
  }
  EXPECT_EQ(watcher.stats().gaps, 0u);
}

TEST(UrlPlaylist, NamesNoLocalFile) {
  const std::string local = clip().path().string();
  for (const std::string& named : std::vector<std::string>{
           "file://" + local, local, "concat:" + local, "subfile,,start,0,end,0,,:" + local}) {
    const LoopbackServer server([&](const ReceivedRequest& request) {
      if (request.target != "/live.m3u8") return answer(404);
      return answer(200, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + named + "\n");
    });
    auto options = options_for(server.url() + "/live.m3u8");
    options.open_timeout = milliseconds(1000);
    const auto inputs = open_url_inputs(options);
    ASSERT_FALSE(inputs) << named;
    const std::string& message = inputs.error().message;
    EXPECT_NE(message.find("an HLS playlist that names "), std::string::npos) << message;
    const bool is_path = named == local;  // of the server that the playlist comes from
    EXPECT_NE(message.find(is_path ? "cannot be opened" : "http and https URLs"), std::string::npos)
        << message;
  }
}

// Each is an error that names the playlist, what it names, and why that cannot be played.
TEST(UrlPlaylist, ErrorsNameWhatIsWrongWithThePlaylist) {
  struct Case {
    std::string text;
    std::string expected;
  };
  const std::string head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n";
  const std::vector<Case> cases = {
      {head, "an HLS playlist that names nothing which can be opened"},
      {head + "#EXT-X-ENDLIST\n", "an HLS playlist that names nothing which can be opened"},
      {head + "#EXTINF:1,\ngone.ts\n#EXT-X-ENDLIST\n", "/gone.ts', which cannot be opened"},
      {"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile:///etc/\x1b[31mpasswd\n",
       "an HLS playlist that names"},
      {head + "#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", "'http://127.0.0.1:1/a.ts'"}};
  for (const Case& each : cases) {
    const LoopbackServer server([&](const ReceivedRequest& request) {
      return request.target.starts_with("/live.m3u8") ? answer(200, each.text) : answer(404);
    });
    auto options = options_for(server.url() + "/live.m3u8?token=secret");
    options.open_timeout = milliseconds(2000);
    const auto inputs = open_url_inputs(options);
    ASSERT_FALSE(inputs) << each.text;
    const std::string& message = inputs.error().message;
    EXPECT_NE(message.find("/live.m3u8'"), std::string::npos) << message;
    EXPECT_NE(message.find(each.expected), std::string::npos) << message;
    EXPECT_EQ(message.find("secret"), std::string::npos) << message;
    EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
  }
}

TEST(UrlPlaylist, AFileOfKnownSizeEndsAtItsEnd) {
  const LoopbackServer server(answer(200, clip().bytes().substr(0, 188 * 250)));
  auto inputs = open_url_inputs(options_for(server.url() + "/file.ts"));
  ASSERT_TRUE(inputs) << to_string(inputs.error());
  for (;;) {
    const auto item = inputs->video->read({});
    ASSERT_TRUE(item) << to_string(item.error());
    if (std::holds_alternative<EndOfStream>(*item)) return;
  }
}

}  // namespace
}  // namespace streamkit::capture
