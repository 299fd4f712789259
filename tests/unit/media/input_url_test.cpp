#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_url.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <string>
#include <thread>

#include "client/loopback_server.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;
using streamkit::testing::answer;
using streamkit::testing::LoopbackServer;
using streamkit::testing::ReceivedRequest;
using streamkit::testing::Reply;
using streamkit::testing::ReplyKind;

class InputUrl : public ::testing::Test {
 protected:
  InputUrl()
      : folder_(fs::temp_directory_path() / ("streamkit-url-" + std::to_string(::getpid()))),
        server_([this](const ReceivedRequest& request) { return reply(request.target); }) {
    fs::create_directories(folder_);
    write_video_file(folder_ / "media.mp4", 20, 0);
    std::ifstream file(folder_ / "media.mp4", std::ios::binary);
    media_.assign(std::istreambuf_iterator<char>(file), {});
  }
  ~InputUrl() override { fs::remove_all(folder_); }

  Reply reply(const std::string& target) const {
    if (target == "/media.mp4") return answer(200, media_);
    if (target == "/moved") return answer(302, "", "Location: file://" + local() + "\r\n");
    if (target == "/silent") return {ReplyKind::Silence};
    const std::string named = target == "/good.m3u8" ? "media.mp4" : "file://" + local();
    if (target == "/concat") return answer(200, "ffconcat version 1.0\nfile media.mp4\n");
    if (target.find(".m3u8") == std::string::npos) return answer(404);
    return answer(200,
                  "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + named + "\n#EXT-X-ENDLIST\n");
  }

  std::string local() const { return (folder_ / "media.mp4").string(); }

  Result<std::size_t> count_frames(const std::string& target) const {
    const auto reader = open_media_file(server_.url() + target);
    if (!reader) return reader.error();
    std::size_t frames = 0;
    for (auto item = (*reader)->read({}); item && !std::holds_alternative<EndOfStream>(*item);
         item = (*reader)->read({})) {
      frames += std::holds_alternative<VideoFrame>(*item);
    }
    return frames;
  }

  const fs::path folder_;
  std::string media_;
  LoopbackServer server_;
};

TEST_F(InputUrl, AFileIsRead) {
  EXPECT_TRUE(is_input_pipe(server_.url() + "/media.mp4"));
  EXPECT_EQ(count_frames("/media.mp4").value(), 20u);
}

TEST_F(InputUrl, APlaylistNeedsNoPermissionAndReadsUrls) {
  EXPECT_EQ(count_frames("/good.m3u8").value(), 20u);
}

TEST_F(InputUrl, NoPlaylistAndNoRedirectReadsALocalFile) {
  EXPECT_FALSE(count_frames("/bad.m3u8"));
  EXPECT_FALSE(count_frames("/moved"));
  const auto list = count_frames("/concat");
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().message.find("read from disk only"), std::string::npos)
      << list.error().message;
}

TEST_F(InputUrl, AMissingPageIsAClearError) {
  const auto missing = count_frames("/missing?token=secret");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  EXPECT_EQ(missing.error().message.find("secret"), std::string::npos);
}

TEST_F(InputUrl, PacketsOfAFileComeAtItsOwnSpeed) {
  streamkit::testing::FakeClock clock(streamkit::testing::FakeWait::AutoAdvances);
  const auto source = open_packet_url(server_.url() + "/media.mp4", {}, {}, {.clock = &clock});
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_EQ((*source)->tracks().video->codec, "h264");
  EXPECT_TRUE((*source)->tracks().audio);
  const auto packets = read_packets(**source);
  EXPECT_EQ(only(packets, TrackKind::Video).size(), 20u);
  MediaTime last{0};
  for (const Packet& packet : packets) last = std::max(last, packet.dts - packets[0].dts);
  EXPECT_NEAR(std::chrono::duration<double>(clock.elapsed()).count(), to_seconds(last), 0.001);
}

TEST_F(InputUrl, PacketsOfAMissingOrSilentServerAreClearErrors) {
  EXPECT_EQ(open_packet_url(server_.url() + "/missing?key=x", {}).error().code,
            ErrorCode::NotFound);
  EXPECT_EQ(open_packet_url("file:///etc/passwd", {}).error().code, ErrorCode::InvalidArgument);
  PacketUrlOptions options;
  options.open_timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(open_packet_url(server_.url() + "/silent", {}, options).error().code,
            ErrorCode::Timeout);
}

TEST_F(InputUrl, WaitingForASilentServerCanBeStopped) {
  std::stop_source stop;
  std::jthread stopper([&] {
    server_.await_requests(1);
    stop.request_stop();
  });
  const auto reader = open_media_file(server_.url() + "/silent", {.stop = stop.get_token()});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::media
