// Real publishers, over real sockets: what comes out is what their file holds.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <streamkit/http/stream_listener.hpp>
#include <streamkit/rtmp/server_session.hpp>
#include <string>

#include "http/tls_client.hpp"
#include "local/temporary_folder.hpp"

namespace streamkit::rtmp {
namespace {

using http::StreamReply;
using std::chrono::seconds;

// What a listener has received.
struct Received {
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by mutex
  std::vector<Event> events;
  std::optional<SessionStatistics> statistics;

  std::vector<Event> wait_until_closed() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, seconds(30), [&] { return statistics.has_value(); });
    EXPECT_TRUE(statistics);
    return events;
  }
};

// Accepts the key "KEY".
class Handler final : public http::StreamHandler {
 public:
  explicit Handler(Received& received) : received_(received) {}

  StreamReply on_bytes(std::span<const std::uint8_t> bytes) override {
    take(session_.receive(bytes));
    return reply();
  }
  StreamReply on_wake() override { return reply(); }
  StreamReply on_quiet() override {
    session_.ping(0);
    return reply();
  }
  void on_closed(http::StreamEnd) override {
    std::lock_guard lock(received_.mutex);
    received_.statistics = session_.statistics();
    received_.changed.notify_all();
  }

 private:
  void take(std::vector<Event> events) {
    std::vector<Event> more;
    for (const Event& event : events) {
      const auto* request = std::get_if<PublishRequested>(&event);
      if (request == nullptr) continue;
      if (request->stream_name == "KEY") {
        more = session_.accept_publish();
      } else {
        session_.reject_publish(PublishRejection::Denied, "unknown stream key");
      }
    }
    std::lock_guard lock(received_.mutex);
    std::move(events.begin(), events.end(), std::back_inserter(received_.events));
    std::move(more.begin(), more.end(), std::back_inserter(received_.events));
  }
  StreamReply reply() {
    return {session_.take_output(),
            session_.closed() ? StreamReply::Next::Close : StreamReply::Next::Read};
  }

  Received& received_;
  ServerSession session_;
};

struct Tag {
  bool video = false;
  bool keyframe = false;
  std::int64_t dts_ms = 0;
  std::int64_t composition_ms = 0;
  Bytes data = {};
};

// The H.264 and AAC frames of an FLV file. Source: Adobe's FLV specification 10.1, E.3 and E.4.
std::vector<Tag> read_flv(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const auto number = [&](std::size_t at, int size) {
    std::int64_t value = 0;
    for (int i = 0; i < size; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
    }
    return value;
  };
  std::vector<Tag> tags;
  for (std::size_t at = 9 + 4; at + 11 <= bytes.size();) {
    const auto size = static_cast<std::size_t>(number(at + 1, 3));
    const std::size_t body = at + 11;
    if (body + size > bytes.size()) break;
    Tag tag{.video = bytes[at] == 9, .dts_ms = number(at + 7, 1) << 24 | number(at + 4, 3)};
    const std::size_t head = tag.video ? 5 : 2;
    if ((bytes[at] == 9 || bytes[at] == 8) && size > head && bytes[body + 1] == 1) {
      tag.keyframe = !tag.video || bytes[body] == 0x17;
      if (tag.video) tag.composition_ms = number(body + 2, 3);
      tag.data.assign(bytes.begin() + static_cast<std::ptrdiff_t>(body + head),
                      bytes.begin() + static_cast<std::ptrdiff_t>(body + size));
      tags.push_back(std::move(tag));
    }
    at = body + size + 4;
  }
  return tags;
}

class PublishersTest : public testing::Test {
 protected:
  void start(std::optional<http::TlsFiles> tls = {}) {
    http::StreamListenerOptions options{.listen = "127.0.0.1:0"};
    options.tls = std::move(tls);
    auto listener = http::StreamListener::start(
        options, [this](auto) { return std::make_unique<Handler>(received_); });
    ASSERT_TRUE(listener) << to_string(listener.error());
    listener_ = *std::move(listener);
    url_ = (options.tls ? "rtmps" : "rtmp");
    url_ += "://127.0.0.1:" + std::to_string(listener_->port()) + "/live/";
  }
  // The exit status. The output is in log().
  int run(const std::string& command) {
    const std::string whole = "timeout 60 " + command + " >" + log_.string() + " 2>&1 </dev/null";
    return WEXITSTATUS(std::system(whole.c_str()));
  }
  std::string log() const {
    std::ifstream file(log_);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  static bool has_program(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null").c_str()) == 0;
  }
  void make_file() {
    ASSERT_EQ(run("ffmpeg -y -f lavfi -i testsrc2=size=320x240:rate=30:duration=2 "
                  "-f lavfi -i sine=sample_rate=44100:duration=2 -c:v libx264 -preset veryfast "
                  "-g 30 -bf 2 -pix_fmt yuv420p -c:a aac " +
                  file_.string()),
              0)
        << log();
  }
  // The packets of one track are the frames of the file, at the same times.
  void expect_track(TrackKind kind, const std::vector<Tag>& tags, std::int64_t tolerance_ms) {
    std::vector<Packet> packets;
    for (const Event& event : received_.events) {
      const auto* packet = std::get_if<Packet>(&event);
      if (packet != nullptr && packet->track == kind) packets.push_back(*packet);
    }
    std::vector<Tag> expected;
    for (const Tag& tag : tags) {
      if (tag.video == (kind == TrackKind::Video)) expected.push_back(tag);
    }
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(packets.size(), expected.size());
    const auto ms = [](MediaTime time) { return to_ticks(time, 1, 1000); };
    const std::int64_t offset = ms(packets[0].dts) - expected[0].dts_ms;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      ASSERT_EQ(packets[i].data, expected[i].data) << i;
      ASSERT_EQ(packets[i].keyframe, expected[i].keyframe) << i;
      const std::int64_t error = ms(packets[i].dts) - offset - expected[i].dts_ms;
      ASSERT_LE(std::abs(error), tolerance_ms) << i;
      ASSERT_EQ(ms(packets[i].pts - packets[i].dts), expected[i].composition_ms) << i;
    }
  }
  // The times of audio are those of its samples, not those of messages that come late.
  void expect_file(const std::filesystem::path& file, std::int64_t audio_tolerance_ms = 2) {
    received_.wait_until_closed();
    const auto tags = read_flv(file);
    expect_track(TrackKind::Video, tags, 0);
    expect_track(TrackKind::Audio, tags, audio_tolerance_ms);
    for (const Event& event : received_.events) {
      EXPECT_FALSE(std::holds_alternative<TracksChanged>(event));
      EXPECT_FALSE(std::holds_alternative<TimelineBroken>(event));
      if (const auto* failed = std::get_if<SessionFailed>(&event)) {
        ADD_FAILURE() << to_string(failed->error);
      }
    }
  }

  const local::TemporaryFolder folder_;
  const std::filesystem::path log_ = folder_.path() / "log.txt";
  const std::filesystem::path file_ = folder_.path() / "in.flv";
  Received received_;
  std::string url_;
  std::unique_ptr<http::StreamListener> listener_;
};

class FFmpegTest : public PublishersTest {
 protected:
  void SetUp() override {
    if (!has_program("ffmpeg")) GTEST_SKIP() << "ffmpeg is not installed";
    make_file();
  }
};

TEST_F(FFmpegTest, PublishesItsFile) {
  start();
  EXPECT_EQ(run("ffmpeg -re -i " + file_.string() + " -c copy -f flv '" + url_ + "KEY?token=x'"), 0)
      << log();
  expect_file(file_);
}

TEST_F(FFmpegTest, PublishesOverTls) {
  const http::TlsFiles files{folder_.path() / "cert.pem", folder_.path() / "key.pem"};
  http::write_certificate("live.example", files.certificate_file, files.key_file);
  start(files);
  EXPECT_EQ(run("ffmpeg -i " + file_.string() + " -c copy -f flv '" + url_ + "KEY'"), 0) << log();
  expect_file(file_);
}

TEST_F(FFmpegTest, PublishesOverAnOverflowOfItsTimestamps) {
  start();
  EXPECT_EQ(run("ffmpeg -i " + file_.string() + " -c copy -output_ts_offset 4294966.5 -f flv '" +
                url_ + "KEY'"),
            0)
      << log();
  expect_file(file_);
}

TEST_F(FFmpegTest, IsToldWhyItIsRejected) {
  start();
  EXPECT_NE(run("ffmpeg -i " + file_.string() + " -c copy -f flv '" + url_ + "OTHER'"), 0);
  EXPECT_NE(log().find("unknown stream key"), std::string::npos) << log();
}

TEST_F(FFmpegTest, IsToldWhatCannotBeCarried) {
  start();
  EXPECT_NE(
      run("ffmpeg -re -i " + file_.string() + " -c:v flv1 -c:a copy -f flv '" + url_ + "KEY'"), 0);
  EXPECT_NE(log().find("Sorenson H.263 cannot be carried"), std::string::npos) << log();
}

class GStreamerTest : public PublishersTest, public testing::WithParamInterface<std::string> {};

TEST_P(GStreamerTest, PublishesWhatItWrites) {
  if (!has_program("gst-launch-1.0")) GTEST_SKIP() << "gst-launch-1.0 is not installed";
  if (run("gst-inspect-1.0 " + GetParam()) != 0) GTEST_SKIP() << GetParam() << " is not installed";
  start();
  EXPECT_EQ(run("gst-launch-1.0 -e flvmux name=m streamable=true ! tee name=t "
                "t. ! queue ! " +
                GetParam() + " location=" + url_ +
                "KEY "
                "t. ! queue ! filesink location=" +
                file_.string() +
                " "
                "videotestsrc num-buffers=60 is-live=true ! video/x-raw,width=320,height=240 ! "
                "x264enc tune=zerolatency key-int-max=30 ! m. "
                "audiotestsrc num-buffers=86 is-live=true ! voaacenc ! m."),
            0)
      << log();
  expect_file(file_, 100);
}
INSTANTIATE_TEST_SUITE_P(, GStreamerTest, testing::Values("rtmp2sink", "rtmpsink"),
                         [](const auto& value) { return value.param; });

}  // namespace
}  // namespace streamkit::rtmp
