#include "capture/ui_page.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "fake_capture_control.hpp"
#include "http/raw_client.hpp"

namespace streamkit::capture_tool {
namespace {

class UiPageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/streamkit-ui-XXXXXX";
    folder_ = ::mkdtemp(name);
    ControlPageOptions options{.web_dir = CONTROL_PAGE_WEB_DIR,
                               .recordings_dir = folder_ / "recordings",
                               .sessions_file = folder_ / "state" / "sessions.json"};
    auto page = ControlPage::start(std::move(options), control_, {});
    ASSERT_TRUE(page) << to_string(page.error());
    page_ = *std::move(page);
    const std::string url = page_->url();
    const auto begin = url.find(':', 6) + 1;
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(begin)));
    path_ = url.substr(url.find('/', begin));
  }
  void TearDown() override {
    page_.reset();
    std::filesystem::remove_all(folder_);
  }

  http::RawResponse ask(const std::string& bytes) {
    http::RawClient client(port_);
    return client.exchange(bytes);
  }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  http::RawResponse get(const std::string& path, const std::string& headers = "") {
    return ask("GET " + path + " HTTP/1.1\r\nHost: " + host() + "\r\n" + headers +
               "Connection: close\r\n\r\n");
  }
  http::RawResponse post(const std::string& call, const std::string& body,
                         const std::string& origin = "own",
                         const std::string& type = "application/json") {
    const std::string sender =
        origin.empty() ? "" : "Origin: " + (origin == "own" ? "http://" + host() : origin) + "\r\n";
    return ask("POST " + path_ + "api/" + call + " HTTP/1.1\r\nHost: " + host() + "\r\n" + sender +
               "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\nConnection: close\r\n\r\n" + body);
  }

  std::filesystem::path folder_;
  FakeCaptureControl control_;
  std::unique_ptr<ControlPage> page_;
  std::uint16_t port_ = 0;
  std::string path_;
};

TEST_F(UiPageTest, ServesThePageWithoutAnythingFromElsewhere) {
  const auto page = get(path_);
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Start streaming"), std::string::npos);
  EXPECT_EQ(page.body.find("http://cdn"), std::string::npos);
  const auto& policy = page.headers.at("content-security-policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(page.headers.at("cache-control"), "no-store");
  EXPECT_EQ(page.headers.at("referrer-policy"), "no-referrer");
  EXPECT_FALSE(page.headers.contains("access-control-allow-origin"));
  EXPECT_EQ(get(path_ + "assets/control.js").status, 200);
}

TEST_F(UiPageTest, ItsAddressCannotBeGuessed) {
  EXPECT_GE(path_.size(), 2 + 32u);
  for (const auto& path : {std::string("/"), std::string("/api/status"), path_.substr(0, 10) + "/",
                           "/" + std::string(32, 'a') + "/api/status", path_.substr(1)}) {
    const auto refused = get(path.front() == '/' ? path : "/x" + path);
    EXPECT_EQ(refused.status, 404) << path;
    EXPECT_EQ(refused.body.find(path_.substr(1, 32)), std::string::npos);
  }
}

TEST_F(UiPageTest, RejectsANameOfAnotherMachine) {
  for (const std::string name : {"evil.example", "localhost.evil.example", "192.168.0.2", ""}) {
    const auto refused = ask("GET " + path_ + "api/status HTTP/1.1\r\nHost: " + name +
                             "\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(refused.status == 403 || refused.status == 400) << name << refused.status;
  }
}

TEST_F(UiPageTest, RejectsChangesOfOtherPages) {
  for (const std::string origin :
       {"", "null", "http://evil.example", "http://localhost:1", "https://127.0.0.1"}) {
    EXPECT_EQ(post("start", R"({"source":"test"})", origin).status, 403) << origin;
  }
  EXPECT_EQ(post("start", R"({"source":"test"})", "own", "text/plain").status, 415);
  EXPECT_EQ(control_.status().state, CaptureState::Idle);
  EXPECT_EQ(get(path_ + "api/start").status, 405);
}

TEST_F(UiPageTest, IsNotEmbeddedByOtherPages) {
  const std::string site = "Sec-Fetch-Site: cross-site\r\n";
  EXPECT_EQ(get(path_ + "api/preview.jpg?source=screen:0",
                site + "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n")
                .status,
            403);
  EXPECT_EQ(get(path_, site + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n").status,
            403);
  EXPECT_EQ(get(path_, site + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n").status,
            200);
}

TEST_F(UiPageTest, NoPathReachesTheDisk) {
  for (const std::string name : {"../CMakeLists.txt", "..%2f..%2fetc%2fpasswd", "%2e%2e/x",
                                 "/etc/passwd", "control.html", "nothing.js", "control.js%00"}) {
    EXPECT_NE(get(path_ + "assets/" + name).status, 200) << name;
  }
}

TEST_F(UiPageTest, RejectsALargeBody) {
  EXPECT_EQ(post("start", std::string(1 << 20, ' ')).status, 413);
}

TEST_F(UiPageTest, StartsPausesMutesStopsAndEnds) {
  ASSERT_EQ(post("start", R"({"source":"screen:0","audio":["mic:0"],"width":1280,"height":720,
                 "fps":30,"chunk_seconds":2,"stereo":{"mode":"tb","divergence":2.5}})")
                .status,
            200);
  const auto request = control_.request();
  EXPECT_EQ(request.source, "screen:0");
  EXPECT_EQ(request.width_px, 1280);
  EXPECT_EQ(request.chunk_seconds, 2);
  EXPECT_EQ(request.stereo_json, R"({"divergence":2.5,"mode":"tb"})");
  EXPECT_EQ(post("start", R"({"source":"test"})").status, 400);
  EXPECT_EQ(post("pause", R"({"paused":true})").status, 200);
  EXPECT_EQ(control_.status().state, CaptureState::Paused);
  EXPECT_EQ(post("audio", R"({"id":"mic:0","level":0.5,"muted":true})").status, 200);
  EXPECT_TRUE(control_.status().audio.at(0).muted);
  EXPECT_EQ(post("audio", R"({"id":"gone","muted":true})").status, 404);
  EXPECT_EQ(post("stop", "{}").status, 200);
  EXPECT_EQ(post("end", "{}").status, 200);
  EXPECT_EQ(control_.status().state, CaptureState::Ended);
}

TEST_F(UiPageTest, NamesTheWrongFieldOfAStart) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "choose a source"},
      {R"([])", "JSON object"},
      {"{", "JSON object"},
      {R"({"source":7})", "source must be text"},
      {R"({"source":"test","fps":1e9})", "fps must be a number from 0 to 240"},
      {R"({"source":"test","width":1280})", "belong together"},
      {R"({"source":"test","chunk_seconds":0.1})", "chunk_seconds"},
      {R"({"source":"test","server":"javascript:1"})", "server"},
      {R"({"source":"test","recording":"../x.mp4"})", "plain file name"},
      {R"({"source":"test","recording":"/etc/x.mp4"})", "plain file name"},
      {R"({"source":"test","stereo":"sbs"})", "stereo must be an object"},
      {R"({"source":"test","colour":"red"})", "unknown field 'colour'"},
  };
  for (const auto& [body, reason] : cases) {
    const auto refused = post("start", body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_NE(refused.body.find(reason), std::string::npos) << body << refused.body;
  }
}

TEST_F(UiPageTest, ARecordingGoesToItsFolderAndReplacesNothing) {
  ASSERT_EQ(post("start", R"({"source":"test","recording":"a.mp4"})").status, 200);
  EXPECT_EQ(control_.request().recording, (folder_ / "recordings" / "a.mp4").string());
  std::ofstream(folder_ / "recordings" / "b.mp4") << "kept";
  ASSERT_EQ(post("end", "{}").status, 200);
  const auto refused = post("start", R"({"source":"test","recording":"b.mp4"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("exists already"), std::string::npos);
}

TEST_F(UiPageTest, ReportsEachChangeAsAnEvent) {
  http::RawClient client(port_);
  client.send("GET " + path_ + "api/events HTTP/1.1\r\nHost: " + host() + "\r\n\r\n");
  EXPECT_EQ(client.receive_head().status, 200);
  EXPECT_NE(client.receive_chunk().find("\"state\":\"idle\""), std::string::npos);
  ASSERT_EQ(post("start", R"({"source":"test"})").status, 200);
  EXPECT_NE(client.receive_chunk().find("\"state\":\"streaming\""), std::string::npos);
}

TEST_F(UiPageTest, ShowsSourcesPreviewsAndTheCodeOfThePlaylist) {
  EXPECT_NE(get(path_ + "api/sources").body.find("\"kind\":\"system_audio\""), std::string::npos);
  const auto preview = get(path_ + "api/preview.jpg?source=screen%3A0");
  EXPECT_EQ(preview.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(preview.body.substr(0, 2), "\xff\xd8");
  EXPECT_EQ(get(path_ + "api/preview.jpg?source=camera:0").status, 503);
  EXPECT_EQ(get(path_ + "api/preview.jpg").status, 400);
  EXPECT_EQ(get(path_ + "qr.svg").status, 404);
}

TEST_F(UiPageTest, RemembersSessionsForItsOwnerAlone) {
  ASSERT_EQ(post("start", R"({"source":"screen:1"})").status, 200);
  const auto file = folder_ / "state" / "sessions.json";
  for (int i = 0; i < 200 && !std::filesystem::exists(file); ++i) ::usleep(50'000);
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto list = get(path_ + "api/sessions").body;
  EXPECT_NE(list.find("fake-session-1"), std::string::npos);
  EXPECT_NE(list.find("DELL U2720Q"), std::string::npos);
}

TEST(UiPageStartTest, NamesAMissingFile) {
  FakeCaptureControl control;
  const auto page = ControlPage::start({.web_dir = "/nonexistent"}, control, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::NotFound);
  EXPECT_NE(page.error().message.find("control.html"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::capture_tool
