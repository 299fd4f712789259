#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/ladder.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/cmaf_test_support.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Coded {
  Tracks tracks;
  std::vector<Packet> packets;
};

VideoFormat source_format() {
  VideoFormat format;
  format.width_px = 320;
  format.height_px = 240;
  return format;
}

Coded encode_source(MediaTime gop, std::int64_t frames, MediaTime start = MediaTime{0}) {
  EncoderOptions options;
  options.chunk_duration = gop;
  options.preset = "ultrafast";
  options.threads = 1;
  const VideoFormat format = source_format();
  auto encoder = open_encoder(options, format, AudioFormat{});
  Coded coded{(*encoder)->tracks(), encode(**encoder, format, frames)};
  std::stable_sort(coded.packets.begin(), coded.packets.end(),
                   [](const Packet& a, const Packet& b) { return a.dts < b.dts; });
  for (Packet& packet : coded.packets) {
    packet.pts += start;
    packet.dts += start;
  }
  return coded;
}

LadderOptions two_rungs() {
  LadderOptions options;
  options.rungs = {{240, 0}, {144, 200'000}};
  options.preset = "ultrafast";
  options.max_waiting_frames = 1000;
  return options;
}

std::vector<LadderPacket> run(Ladder& ladder, const std::vector<Packet>& packets) {
  std::vector<LadderPacket> all;
  const auto keep = [&](Result<std::vector<LadderPacket>> some) {
    ASSERT_TRUE(some) << to_string(some.error());
    for (LadderPacket& packet : *some) all.push_back(std::move(packet));
  };
  for (const Packet& packet : packets) keep(ladder.push(packet));
  keep(ladder.flush());
  return all;
}

std::vector<Packet> of_track(const std::vector<LadderPacket>& packets, std::size_t track) {
  std::vector<Packet> some;
  for (const LadderPacket& each : packets) {
    if (each.track == track) some.push_back(each.packet);
  }
  return some;
}

TEST(Ladder, RungsAreParsed) {
  using Rungs = std::vector<LadderRung>;
  EXPECT_EQ(*parse_ladder("1080,720,480"), (Rungs{{1080, 0}, {720, 0}, {480, 0}}));
  EXPECT_EQ(*parse_ladder("480,1080:5M,720:2500k,360:800000"),
            (Rungs{{1080, 5'000'000}, {720, 2'500'000}, {480, 0}, {360, 800'000}}));
  EXPECT_EQ(*parse_ladder("720:1.5M"), (Rungs{{720, 1'500'000}}));
  for (const std::string_view text :
       {"", ",", "720,", "720p", "721", "0", "100", "9000", "-720", "720:", "720:fast", "720:10",
        "720:1e99M", "720,720", "144,146,148,150,152,154,156,158,160"}) {
    const auto rungs = parse_ladder(text);
    ASSERT_FALSE(rungs) << text;
    EXPECT_EQ(rungs.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(rungs.error().message.find("1080,720,480"), std::string::npos) << "what to write";
  }
}

TEST(Ladder, BitRatesAreThoseOfTheHeight) {
  EXPECT_EQ(default_bit_rate_bps(1080, {30, 1}), 5'000'000);
  EXPECT_EQ(default_bit_rate_bps(720, {30, 1}), 2'720'000);
  EXPECT_EQ(default_bit_rate_bps(480, {30, 1}), 1'480'000);
  EXPECT_EQ(default_bit_rate_bps(720, {60, 1}), 3'630'000);
  EXPECT_GE(default_bit_rate_bps(144, {0, 1}), 50'000);
}

TEST(Ladder, TheTopRungIsCopiedAndTheOthersAreEncoded) {
  const Coded source = encode_source(seconds(1), 100);
  auto ladder = Ladder::open(source.tracks, two_rungs());
  ASSERT_TRUE(ladder) << to_string(ladder.error());
  const auto& tracks = (*ladder)->tracks();
  ASSERT_EQ(tracks.size(), 3u);
  EXPECT_EQ(tracks[0].name, "v0");
  EXPECT_EQ(tracks[1].name, "v1");
  EXPECT_EQ(tracks[2].name, "a0");
  EXPECT_EQ(std::get<VideoTrack>(tracks[1].coded).format.height_px, 144);
  EXPECT_EQ(std::get<VideoTrack>(tracks[1].coded).format.width_px, 192);
  const auto packets = run(**ladder, source.packets);
  const auto top = of_track(packets, 0);
  const auto sent = only(source.packets, TrackKind::Video);
  ASSERT_EQ(top.size(), sent.size());
  for (std::size_t i = 0; i < top.size(); ++i) EXPECT_EQ(top[i].data, sent[i].data);
  const auto lower = of_track(packets, 1);
  ASSERT_EQ(lower.size(), sent.size());
  for (std::size_t i = 0; i < lower.size(); ++i) {
    EXPECT_EQ(lower[i].pts, sent[i].pts);
    EXPECT_EQ(lower[i].keyframe, sent[i].keyframe) << i;
  }
  EXPECT_EQ(of_track(packets, 2).size(), only(source.packets, TrackKind::Audio).size());
  const auto stats = (*ladder)->stats();
  ASSERT_EQ(stats.size(), 2u);
  EXPECT_TRUE(stats[0].copied);
  EXPECT_EQ(stats[0].frames, 100u);
  EXPECT_EQ(stats[1].frames, 100u);
  EXPECT_EQ(stats[1].dropped_frames, 0u);
  const auto& track = std::get<VideoTrack>((*ladder)->tracks()[1].coded);
  EXPECT_EQ(decode(**open_decoder(track), lower).size(), 100u);
}

TEST(Ladder, WithoutACopyKeyframesAreOnTheGrid) {
  const Coded source = encode_source(seconds(4), 100, seconds(7));
  LadderOptions options = two_rungs();
  options.copy_top = false;
  auto ladder = Ladder::open(source.tracks, options);
  ASSERT_TRUE(ladder);
  const auto packets = run(**ladder, source.packets);
  for (const std::size_t track : {0u, 1u}) {
    const auto video = of_track(packets, track);
    ASSERT_EQ(video.size(), 100u);
    for (std::size_t i = 0; i < video.size(); ++i) EXPECT_EQ(video[i].keyframe, i % 30 == 0) << i;
  }
}

TEST(Ladder, RungsAboveTheSourceBecomeOneOfItsSize) {
  const Coded source = encode_source(seconds(1), 5);
  const auto heights = [&](const std::string& spec, bool copy) {
    LadderOptions options = two_rungs();
    options.rungs = *parse_ladder(spec);
    options.copy_top = copy;
    auto ladder = Ladder::open(source.tracks, options);
    std::vector<std::pair<int, bool>> all;
    for (const auto& rung : (*ladder)->stats()) all.emplace_back(rung.height_px, rung.copied);
    return all;
  };
  using Heights = std::vector<std::pair<int, bool>>;
  EXPECT_EQ(heights("1080,720,144", true), (Heights{{240, true}, {144, false}}));
  EXPECT_EQ(heights("1080,720,144", false), (Heights{{240, false}, {144, false}}));
  EXPECT_EQ(heights("180,144", true), (Heights{{180, false}, {144, false}}));
  EXPECT_EQ(heights("1080", true), (Heights{{240, true}}));
}

TEST(Ladder, SegmentsOfAllRungsBeginTogether) {
  for (const bool copy : {true, false}) {
    const Coded source = encode_source(seconds(1), 110, seconds(3));
    LadderOptions options = two_rungs();
    options.copy_top = copy;
    auto ladder = Ladder::open(source.tracks, options);
    ASSERT_TRUE(ladder);
    RecordingTrackSink sink;
    auto packager = *CmafPackager::create((*ladder)->tracks(), sink);
    for (const LadderPacket& each : run(**ladder, source.packets)) {
      ASSERT_TRUE(packager->push(each.track, each.packet, {}));
    }
    ASSERT_TRUE(packager->flush());
    EXPECT_EQ(packager->counts().dropped_packets, 0u);
    EXPECT_EQ(packager->counts().segments_without_keyframe, 0u);
    for (const std::size_t track : {0u, 1u}) {
      const auto segments = sink.segments(track);
      ASSERT_EQ(segments.size(), 2u);
      EXPECT_EQ(segments[0].second.start, MediaTime{0});
      EXPECT_EQ(segments[1].second.start, MediaTime(seconds(2)));
      EXPECT_TRUE(segments[1].second.independent);
      EXPECT_EQ(read_fragments(sink.file(track)).size(), 110u);
    }
    EXPECT_EQ(sink.at(1).infos[0].height_px, 144);
    EXPECT_EQ(sink.segments(2).size(), 2u);
  }
}

TEST(Ladder, ARungThatIsTooSlowDropsFramesAndCountsThem) {
  const Coded source = encode_source(seconds(1), 100);
  std::mutex mutex;
  std::condition_variable changed;
  bool held = true;
  LadderOptions options = two_rungs();
  options.max_waiting_frames = 8;
  options.on_output = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !held; });
  };
  auto ladder = Ladder::open(source.tracks, options);
  ASSERT_TRUE(ladder);
  std::vector<LadderPacket> all;
  for (const Packet& packet : source.packets) {
    auto some = (*ladder)->push(packet);  // never waits, although the encoder stands still
    ASSERT_TRUE(some);
    all.insert(all.end(), some->begin(), some->end());
  }
  while ((*ladder)->stats()[1].dropped_frames == 0) std::this_thread::yield();
  {
    std::lock_guard lock(mutex);
    held = false;
  }
  changed.notify_all();
  const auto rest = (*ladder)->flush();
  ASSERT_TRUE(rest);
  all.insert(all.end(), rest->begin(), rest->end());
  const auto stats = (*ladder)->stats();
  EXPECT_EQ(stats[0].frames, 100u);
  EXPECT_GT(stats[1].dropped_frames, 0u);
  EXPECT_EQ(stats[1].frames + stats[1].dropped_frames, 100u);
  EXPECT_EQ(of_track(all, 1).size(), stats[1].frames);
}

TEST(Ladder, AJumpOfTheTimelineIsEncoded) {
  const Coded first = encode_source(seconds(1), 40, seconds(100));
  Coded source = first;
  for (const Packet& packet : encode_source(seconds(1), 40, seconds(5)).packets) {
    source.packets.push_back(packet);
  }
  auto ladder = Ladder::open(source.tracks, two_rungs());
  ASSERT_TRUE(ladder);
  const auto lower = of_track(run(**ladder, source.packets), 1);
  ASSERT_EQ(lower.size(), 80u);
  EXPECT_TRUE(lower[40].keyframe);
  EXPECT_EQ(lower[40].pts, MediaTime(seconds(5)));
}

TEST(Ladder, AnEncoderIsChosenForAllRungs) {
  const Coded source = encode_source(seconds(1), 20);
  LadderOptions options = two_rungs();
  options.encoder = "auto";
  auto ladder = Ladder::open(source.tracks, options);
  ASSERT_TRUE(ladder) << to_string(ladder.error());
  EXPECT_EQ(of_track(run(**ladder, source.packets), 1).size(), 20u);
}

TEST(Ladder, RejectsWhatItCannotEncode) {
  const Coded source = encode_source(seconds(1), 2);
  const auto code = [&](auto change) {
    LadderOptions options = two_rungs();
    Tracks tracks = source.tracks;
    change(options, tracks);
    auto ladder = Ladder::open(tracks, options);
    return ladder ? ErrorCode::Internal : ladder.error().code;
  };
  EXPECT_EQ(code([](auto& options, auto&) { options.rungs.clear(); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](auto&, auto& tracks) { tracks.video.reset(); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](auto& options, auto&) { options.max_waiting_frames = 0; }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](auto& options, auto&) { options.keyframe_interval = milliseconds(1); }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](auto& options, auto&) { options.encoder = "no such"; }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](auto&, auto& tracks) { tracks.video->codec = "no such"; }),
            ErrorCode::Unsupported);
}

}  // namespace
}  // namespace streamkit::media
