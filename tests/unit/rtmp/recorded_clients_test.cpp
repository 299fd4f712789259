// Replays what real clients sent, and Enhanced RTMP files, from the folder STREAMKIT_TEST_DATA.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "rtmp/publisher.hpp"

namespace streamkit::rtmp {
namespace {

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  return {bytes.begin(), bytes.end()};
}

class RecordedTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("STREAMKIT_TEST_DATA");
    if (data == nullptr) GTEST_SKIP() << "STREAMKIT_TEST_DATA is not set";
    folder_ = std::filesystem::path(data) / "live";
    if (!std::filesystem::exists(folder_)) GTEST_SKIP() << "no STREAMKIT_TEST_DATA/live";
  }

  std::filesystem::path folder_;
};

struct Recording {
  std::string file;
  std::string stream_name;
  std::string codec;
  int width_px;
  std::size_t video_packets;
  std::size_t audio_packets;
  std::size_t keyframes;
  std::int64_t first_video_ms;
  std::int64_t last_audio_ms;
};

// Counted with another program, which has nothing in common with this one.
const Recording kRecordings[] = {
    {"ffmpeg_5.1.rtmp", "ff", "h264", 1280, 113, 177, 4, 21, 3754},
    {"ffmpeg_8.1_enhanced_hevc.rtmp", "hevc3", "hevc", 640, 90, 142, 3, 21, 3008},
    {"gstreamer_rtmp2sink_1.22.rtmp", "gst2", "h264", 320, 60, 90, 2, 7, 2066},
    {"gstreamer_rtmpsink_librtmp.rtmp", "gst1", "h264", 320, 60, 90, 2, 3, 2066},
};

std::vector<Event> replay(const Bytes& bytes, std::size_t step) {
  ServerSession session;
  std::vector<Event> events;
  const auto take = [&](std::vector<Event> more) {
    for (Event& event : more) events.push_back(std::move(event));
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    take(session.receive(ByteView(bytes).subspan(at, std::min(step, bytes.size() - at))));
    if (!events.empty() && std::holds_alternative<PublishRequested>(events.back())) {
      take(session.accept_publish());
    }
    (void)session.take_output();
  }
  EXPECT_EQ(session.statistics().damaged_messages, 0);
  EXPECT_EQ(session.statistics().incomplete_messages, 0);
  EXPECT_EQ(session.statistics().undecodable_packets, 0);
  return events;
}

void expect_same(const std::vector<Event>& a, const std::vector<Event>& b) {
  const auto packets = all_of<Packet>(a);
  const auto others = all_of<Packet>(b);
  ASSERT_EQ(packets.size(), others.size());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    ASSERT_EQ(packets[i].dts, others[i].dts);
    ASSERT_EQ(packets[i].data, others[i].data);
  }
}

TEST_F(RecordedTest, ClientsGiveAllTheirPackets) {
  for (const Recording& recording : kRecordings) {
    SCOPED_TRACE(recording.file);
    const Bytes bytes = read_file(folder_ / "client_bytes" / recording.file);
    ASSERT_FALSE(bytes.empty());
    const auto events = replay(bytes, 65'536);
    EXPECT_EQ(all_of<PublishRequested>(events).at(0).stream_name, recording.stream_name);
    EXPECT_EQ(all_of<Connected>(events).at(0).app, "live");
    const auto tracks = all_of<TracksKnown>(events).at(0).tracks;
    EXPECT_EQ(tracks.video->codec, recording.codec);
    EXPECT_EQ(tracks.video->format.width_px, recording.width_px);
    const auto video = packets_of(events, TrackKind::Video);
    const auto audio = packets_of(events, TrackKind::Audio);
    EXPECT_EQ(video.size(), recording.video_packets);
    EXPECT_EQ(audio.size(), recording.audio_packets);
    EXPECT_EQ(std::count_if(video.begin(), video.end(), [](auto& p) { return p.keyframe; }),
              static_cast<std::ptrdiff_t>(recording.keyframes));
    EXPECT_EQ(ms(video.front().dts), recording.first_video_ms);
    EXPECT_NEAR(static_cast<double>(ms(audio.back().dts)),
                static_cast<double>(recording.last_audio_ms), 3);
    EXPECT_TRUE(all_of<TracksChanged>(events).empty());
    EXPECT_TRUE(all_of<TimelineBroken>(events).empty());
    EXPECT_TRUE(all_of<SessionFailed>(events).empty());
  }
}

TEST_F(RecordedTest, PartsOfAnySizeGiveTheSame) {
  for (const Recording& recording : kRecordings) {
    SCOPED_TRACE(recording.file);
    Bytes bytes = read_file(folder_ / "client_bytes" / recording.file);
    bytes.resize(std::min<std::size_t>(bytes.size(), 200'000));
    const auto whole = replay(bytes, bytes.size());
    for (const std::size_t step : {1, 2, 3, 7, 13, 127, 128, 129, 1000, 1537, 4096, 5003}) {
      expect_same(whole, replay(bytes, step));
    }
  }
}

// Passes on the tags of an FLV file as messages.
void publish_flv(const Bytes& file, bool with_audio, PublishingSession& client) {
  WireReader reader(file);
  reader.bytes(9 + 4);
  while (!reader.empty()) {
    const auto type = static_cast<MessageType>(reader.u8());
    const std::uint32_t size = reader.u24();
    const std::uint32_t low = reader.u24();
    const std::uint32_t time = std::uint32_t{reader.u8()} << 24 | low;
    reader.u24();
    const ByteView body = reader.bytes(size);
    reader.u32();
    ASSERT_TRUE(reader.ok());
    if (type == MessageType::Audio && !with_audio) continue;
    client.receive(message_bytes(type, time, Bytes(body.begin(), body.end())));
  }
}

TEST_F(RecordedTest, CarriesTheAv1OfEnhancedFiles) {
  const std::pair<std::string, std::size_t> files[] = {{"testsrc.flv", 300},
                                                       {"mptestsrc.flv", 342}};
  for (const auto& [name, packets] : files) {
    SCOPED_TRACE(name);
    PublishingSession client;
    publish_flv(read_file(folder_ / name), false, client);
    client.receive(command_bytes({"deleteStream", 0.0, AmfValue(), 1.0}));
    const auto known = all_of<TracksKnown>(client.events());
    ASSERT_EQ(known.size(), 1);
    EXPECT_EQ(known[0].tracks.video->codec, "av1");
    EXPECT_GT(known[0].tracks.video->format.width_px, 0);
    EXPECT_EQ(all_of<Packet>(client.events()).size(), packets);
    EXPECT_EQ(client.session().statistics().damaged_messages, 0);
  }
}

TEST_F(RecordedTest, RejectsTheOpusOfEnhancedFiles) {
  PublishingSession client;
  publish_flv(read_file(folder_ / "testsrc.flv"), true, client);
  const auto failed = all_of<SessionFailed>(client.events());
  ASSERT_EQ(failed.size(), 1);
  EXPECT_EQ(failed[0].error.message, "Opus cannot be carried: send AAC");
}

}  // namespace
}  // namespace streamkit::rtmp
