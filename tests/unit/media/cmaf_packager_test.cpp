#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <streamkit/media/cmaf_packager.hpp>

#include "media/cmaf_test_support.hpp"
#include "media/media_test_support.hpp"

// How the packets of publishers are cut; cmaf_round_trip_test has what players get.
namespace streamkit::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Tracks& tracks() {
  static const Tracks made = small_tracks();
  return made;
}

Tracks tracks_of(const MadeUpStream& stream) {
  Tracks some = tracks();
  if (!stream.with_video) some.video.reset();
  if (!stream.with_audio) some.audio.reset();
  return some;
}

struct Packaged {
  RecordingTrackSink sink;
  std::optional<CmafTargets> targets;
  CmafCounts counts;
};

Packaged package(const MadeUpStream& stream, const CmafOptions& options = {}) {
  Packaged result;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), result.sink, options);
  push_all(*packager, make_packets(stream));
  EXPECT_TRUE(packager->flush());
  result.targets = packager->targets();
  result.counts = packager->counts();
  return result;
}

std::size_t samples_of(RecordingTrackSink& sink, std::size_t track) {
  std::size_t count = 0;
  for (std::size_t run = 0; run < sink.at(track).inits.size(); ++run) {
    count += read_fragments(sink.file(track, run)).size();
  }
  return count;
}

// What holds for every stream.
void check_invariants(Packaged& packaged, std::size_t track, const std::string& what) {
  const auto& parts = packaged.sink.at(track).parts;
  ASSERT_FALSE(parts.empty()) << what;
  const bool video = packaged.sink.at(track).infos[0].kind == TrackKind::Video;
  std::optional<std::uint64_t> number;
  MediaTime end = parts.front().part.start;
  for (const SunkPart& each : parts) {
    EXPECT_EQ(each.part.start, end) << what << " segment " << each.number;
    EXPECT_EQ(each.part.size_bytes, each.bytes.size());
    EXPECT_LE(each.part.duration, packaged.targets->part) << what << " segment " << each.number;
    const bool begins = number != each.number;
    EXPECT_TRUE(!begins || each.part.independent) << what << " segment " << each.number;
    EXPECT_TRUE(video || each.part.independent);
    EXPECT_TRUE(!number || each.number == *number || each.number == *number + 1);
    number = each.number;
    end += each.part.duration;
  }
  const auto segments = packaged.sink.segments(track);
  for (const auto& [each, segment] : segments) {
    EXPECT_LT(to_seconds(segment.duration),
              static_cast<double>(packaged.targets->segment.count()) + 0.5)
        << what << " segment " << each;
  }
  EXPECT_EQ(packaged.sink.at(track).ended.size(), segments.size()) << what;
}

TEST(CmafPackager, CutsAllTracksAtTheSameNumbers) {
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{25, 1}, FrameRate{30000, 1001},
                               FrameRate{24000, 1001}, FrameRate{60, 1}, FrameRate{10, 1}}) {
    for (const int gop_ms : {500, 1000, 2000, 3000}) {
      for (const int part_ms : {200, 500, 1000}) {
        for (const MediaTime unit : {MediaTime{1}, MediaTime(milliseconds(1))}) {
          MadeUpStream stream;
          stream.rate = rate;
          stream.gop = std::max(1, static_cast<int>(rate.hz() * gop_ms / 1000 + 0.5));
          stream.frames = static_cast<int>(rate.hz() * 10);
          stream.start = seconds(5);
          stream.unit = unit;
          CmafOptions options;
          options.part_duration = milliseconds(part_ms);
          options.settle_duration = seconds(4);
          Packaged packaged = package(stream, options);
          const std::string what = to_string(rate) + " gop " + std::to_string(gop_ms) + " part " +
                                   std::to_string(part_ms) + (unit.count() > 1 ? " ms" : "");
          ASSERT_TRUE(packaged.targets) << what;
          check_invariants(packaged, 0, what);
          check_invariants(packaged, 1, what);
          const auto video = packaged.sink.segments(0);
          const auto audio = packaged.sink.segments(1);
          ASSERT_EQ(video.size(), audio.size()) << what;
          for (std::size_t i = 0; i < video.size(); ++i) {
            EXPECT_EQ(video[i].first, i);
            EXPECT_EQ(audio[i].first, i);
            EXPECT_LE(std::chrono::abs(video[i].second.start - audio[i].second.start),
                      from_ticks(1024, 1, 48'000))
                << what;
          }
          EXPECT_EQ(packaged.counts.dropped_packets, 0u) << what;
        }
      }
    }
  }
}

TEST(CmafPackager, PartsAreNotMuchShorterThanTheTarget) {
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{25, 1}, FrameRate{30000, 1001}}) {
    for (const MediaTime unit : {MediaTime{1}, MediaTime(milliseconds(1))}) {
      MadeUpStream stream;
      stream.rate = rate;
      stream.frames = 300;
      stream.gop = static_cast<int>(rate.hz() * 2 + 0.5);
      stream.unit = unit;
      Packaged packaged = package(stream);
      for (const std::size_t track : {0u, 1u}) {
        const auto& parts = packaged.sink.at(track).parts;
        for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
          if (parts[i + 1].number != parts[i].number) continue;
          EXPECT_GE(parts[i].part.duration * 100, packaged.targets->part * 85)
              << to_string(rate) << " track " << track << " part " << i;
        }
      }
    }
  }
}

TEST(CmafPackager, APartIsGivenWhenTheNextPacketShowsItsEnd) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  std::size_t video = 0;
  std::size_t audio = 0;
  std::size_t late = 0;
  for (const Packet& packet : make_packets(stream)) {
    const std::size_t track = packet.track == TrackKind::Audio ? 1 : 0;
    ASSERT_TRUE(packager->push(track, packet, arrival(packet.dts)));
    for (; video < sink.at(0).parts.size(); ++video) {
      const LivePart& part = sink.at(0).parts[video].part;
      EXPECT_EQ(packet.dts, part.start + part.duration);
    }
    for (; audio < sink.at(1).parts.size(); ++audio) {
      const LivePart& part = sink.at(1).parts[audio].part;
      const MediaTime last_sample = part.start + part.duration - from_ticks(1024, 1, 48'000);
      if (packet.dts - last_sample > (FrameRate{30, 1}).frame_duration()) ++late;
    }
  }
  EXPECT_GE(video, 5u);
  EXPECT_GE(audio, 5u);
  EXPECT_LE(late, 1u) << "but the last part of a segment, which a keyframe ends";
}

TEST(CmafPackager, APartWhosePacketIsLateIsGivenByTheClock) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  stream.with_audio = false;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), sink);
  auto packets = make_packets(stream);
  const std::vector<Packet> some(packets.begin(), packets.begin() + 30);
  push_all(*packager, some);
  EXPECT_EQ(sink.at(0).parts.size(), 1u);
  const auto deadline = packager->next_deadline();
  ASSERT_TRUE(deadline);
  EXPECT_LT(*deadline, arrival(packets[29].dts) + milliseconds(50));
  ASSERT_TRUE(packager->advance(*deadline - std::chrono::microseconds(1)));
  EXPECT_EQ(sink.at(0).parts.size(), 1u);
  ASSERT_TRUE(packager->advance(*deadline));
  ASSERT_EQ(sink.at(0).parts.size(), 2u);
  EXPECT_FALSE(packager->next_deadline());
  // What comes then continues exactly, although the next packet is two milliseconds beside.
  packets[30].dts += milliseconds(2);
  packets[30].pts += milliseconds(2);
  push_all(*packager, {packets.begin() + 30, packets.end()});
  ASSERT_TRUE(packager->flush());
  const auto& parts = sink.at(0).parts;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].part.start, parts[i - 1].part.start + parts[i - 1].part.duration);
  }
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), packets.size());
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i].pts, packets[i].pts) << i;
}

TEST(CmafPackager, TracksOfOneKindWork) {
  MadeUpStream stream;
  stream.frames = 300;
  stream.with_video = false;
  Packaged sound = package(stream);
  check_invariants(sound, 0, "audio only");
  EXPECT_EQ(sound.targets->segment, seconds(2));
  EXPECT_EQ(sound.sink.segments(0).size(), 5u);
  EXPECT_EQ(sound.sink.at(0).infos[0].name, "a0");

  stream.with_video = true;
  stream.with_audio = false;
  Packaged pictures = package(stream);
  check_invariants(pictures, 0, "video only");
  EXPECT_EQ(pictures.sink.segments(0).size(), 5u);
  EXPECT_EQ(pictures.sink.at(0).infos[0].name, "v0");
}

TEST(CmafPackager, StatesWhatTheConfigurationSays) {
  Packaged packaged = package({});
  const LiveTrackInfo& video = packaged.sink.at(0).infos.at(0);
  EXPECT_EQ(video.kind, TrackKind::Video);
  EXPECT_EQ(video.codecs.substr(0, 5), "avc1.");
  EXPECT_EQ(video.codecs.size(), 11u);
  EXPECT_EQ(video.width_px, 96);
  EXPECT_EQ(video.height_px, 64);
  EXPECT_EQ(video.frame_rate, (FrameRate{30, 1}));
  const LiveTrackInfo& audio = packaged.sink.at(1).infos.at(0);
  EXPECT_EQ(audio.kind, TrackKind::Audio);
  EXPECT_EQ(audio.codecs, "mp4a.40.2");
  EXPECT_EQ(audio.sample_rate_hz, 48'000);
  EXPECT_EQ(audio.channels, 2);
}

TEST(CmafPackager, StartsAtTheFirstKeyframeAndCountsWhatItDrops) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  auto packets = make_packets({.frames = 150});
  packets.erase(packets.begin(), packets.begin() + 5);  // the keyframe is among them
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(only(packets, TrackKind::Video).size() + only(packets, TrackKind::Audio).size(),
            samples_of(sink, 0) + samples_of(sink, 1) + packager->counts().dropped_packets);
  EXPECT_EQ(sink.at(0).parts.front().part.start, MediaTime{0});
  EXPECT_LE(sink.at(1).parts.front().part.start, from_ticks(1024, 1, 48'000));
}

TEST(CmafPackager, AJumpOfTheTimelineBeginsARun) {
  for (const MediaTime jump :
       {MediaTime(seconds(-60)), MediaTime(seconds(15)), MediaTime(std::chrono::hours(1000))}) {
    RecordingTrackSink sink;
    auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
    push_all(*packager, make_packets({.frames = 100, .start = seconds(100)}));
    // 100 frames end within a GOP; the publisher continues with another clock.
    auto later = make_packets({.frames = 100, .start = seconds(100) + jump});
    for (Packet& packet : later) {
      const std::size_t track = packet.track == TrackKind::Audio ? 1 : 0;
      const auto now = arrival(packet.dts - jump + (FrameRate{30, 1}).time_of(100));
      ASSERT_TRUE(packager->push(track, packet, now));
    }
    ASSERT_TRUE(packager->flush());
    EXPECT_EQ(packager->counts().timeline_breaks, 1u);
    for (const std::size_t track : {0u, 1u}) {
      ASSERT_EQ(sink.at(track).inits.size(), 2u);
      const auto segments = sink.segments(track);
      ASSERT_EQ(segments.size(), 5u) << to_seconds(jump);
      EXPECT_EQ(segments[2].first, 2u);
      const MediaTime end = segments[1].second.start + segments[1].second.duration;
      EXPECT_GE(segments[2].second.start, end);
      EXPECT_LE(segments[2].second.start, end + milliseconds(60));
    }
    EXPECT_EQ(samples_of(sink, 0), 200u);
    EXPECT_GE(samples_of(sink, 1) + packager->counts().dropped_packets, 310u);
    EXPECT_LE(packager->counts().dropped_packets, 3u);
  }
}

TEST(CmafPackager, APublisherThatComesBackContinuesAtItsDistanceInRealTime) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  push_all(*packager, make_packets({.frames = 60}));
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(packager->next_number(), 1u);
  for (const Packet& packet : make_packets({.frames = 60})) {
    const std::size_t track = packet.track == TrackKind::Audio ? 1 : 0;
    ASSERT_TRUE(packager->push(track, packet, arrival(packet.dts + seconds(7))));
  }
  ASSERT_TRUE(packager->flush());
  const auto segments = sink.segments(0);
  ASSERT_EQ(segments.size(), 3u) << "the grid is at 8 s, too";
  EXPECT_EQ(segments[1].first, 1u);
  EXPECT_NEAR(to_seconds(segments[1].second.start), 7.0, 0.002);
  EXPECT_EQ(sink.at(0).inits.size(), 2u);
  EXPECT_EQ(sink.at(1).inits.size(), 2u);
  EXPECT_EQ(packager->counts().timeline_breaks, 0u);
}

TEST(CmafPackager, DecodingTimesThatRunBackALittleAreClamped) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  stream.with_audio = false;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), sink);
  auto packets = make_packets(stream);
  packets[40].dts = packets[39].dts - milliseconds(1);
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(packager->counts().clamped_packets, 1u);
  EXPECT_EQ(packager->counts().timeline_breaks, 0u);
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), packets.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].pts, packets[i].pts) << i;
    EXPECT_TRUE(i == 0 || back[i].dts > back[i - 1].dts) << i;
  }
}

TEST(CmafPackager, AnAbsurdPresentationTimeDoesNotStopTheSegments) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  auto packets = make_packets({.frames = 300});
  for (Packet& packet : packets) {
    const bool wrong =
        packet.track == TrackKind::Video && packet.keyframe && packet.pts == packet.dts;
    if (wrong && packet.dts == seconds(4)) packet.pts += seconds(8388);
    if (wrong && packet.dts == seconds(6)) packet.pts -= seconds(8388);
  }
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(packager->counts().clamped_packets, 2u);
  EXPECT_EQ(sink.segments(0).size(), 5u);
  EXPECT_EQ(sink.segments(1).size(), 5u);
}

TEST(CmafPackager, PicturesThatAreShownBeforeTheyAreDecodedAreMoved) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  stream.with_audio = false;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), sink);
  // I P B B: the publisher lets decoding begin at the first presentation.
  auto packets = make_packets(stream);
  for (std::size_t i = 1; i + 2 < packets.size(); i += 3) {
    if (packets[i].keyframe || packets[i + 1].keyframe || packets[i + 2].keyframe) continue;
    packets[i].pts = packets[i + 2].dts;
    packets[i + 1].pts = packets[i].dts;
    packets[i + 2].pts = packets[i + 1].dts;
  }
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), packets.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].pts - back[0].pts, packets[i].pts - packets[0].pts) << i;
    EXPECT_GE(back[i].pts, back[i].dts) << i;
  }
}

TEST(CmafPackager, ALaterLongGopEndsSegmentsWithoutAKeyframe) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  stream.frames = 150;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  push_all(*packager, make_packets(stream));
  ASSERT_TRUE(packager->targets());
  const CmafTargets targets = *packager->targets();
  EXPECT_EQ(targets.segment, seconds(2));
  push_all(*packager, make_packets({.frames = 300, .gop = 250, .start = seconds(5)}));
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(*packager->targets(), targets);
  EXPECT_GE(packager->counts().segments_without_keyframe, 3u);
  EXPECT_EQ(packager->counts().longest_gop, (FrameRate{30, 1}).time_of(250));
  for (const std::size_t track : {0u, 1u}) {
    for (const auto& [number, segment] : sink.segments(track)) {
      EXPECT_LT(segment.duration, MediaTime(milliseconds(2500))) << number;
    }
    EXPECT_EQ(sink.segments(track).size(), sink.segments(0).size());
  }
  EXPECT_EQ(samples_of(sink, 0), 450u);
}

TEST(CmafPackager, AudioIsCutWithPicturesThatAreReordered) {
  // One keyframe, then P B B for ever: segments end between pictures that are shown later.
  auto packets = make_packets({.frames = 450, .gop = 1000});
  std::vector<Packet*> pictures;
  for (Packet& packet : packets) {
    if (packet.track == TrackKind::Video) pictures.push_back(&packet);
  }
  const MediaTime frame = (FrameRate{30, 1}).frame_duration();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const bool is_p = i % 3 == 1;
    pictures[i]->pts += i == 0 ? frame : (is_p ? 3 * frame : MediaTime{0});
  }
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  const auto video = sink.segments(0);
  const auto audio = sink.segments(1);
  ASSERT_GE(video.size(), 6u);
  ASSERT_EQ(video.size(), audio.size());
  for (std::size_t i = 0; i < video.size(); ++i) {
    EXPECT_LE(std::chrono::abs(video[i].second.start - audio[i].second.start),
              from_ticks(1024, 1, 48'000))
        << i;
    EXPECT_LT(video[i].second.duration, MediaTime(milliseconds(2500)));
  }
}

TEST(CmafPackager, AudioGoesOnWithoutVideoThatStandsStill) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  auto packets = make_packets({.frames = 600});
  std::erase_if(packets, [](const Packet& packet) {
    return packet.track == TrackKind::Video && packet.pts > seconds(5);
  });
  push_all(*packager, packets);
  const LivePart& last = sink.at(1).parts.back().part;
  EXPECT_GT(last.start + last.duration, MediaTime(milliseconds(17'000)));
  for (const auto& [number, segment] : sink.segments(1)) {
    EXPECT_LT(segment.duration, MediaTime(milliseconds(2500))) << number;
  }
}

TEST(CmafPackager, VideoThatComesBackJoinsTheSegmentsOfTheAudio) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  auto packets = make_packets({.frames = 600});
  std::erase_if(packets, [](const Packet& packet) {
    return packet.track == TrackKind::Video && packet.pts > seconds(5) && packet.pts < seconds(13);
  });
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(packager->counts().timeline_breaks, 0u);
  const auto audio = sink.segments(1);
  for (const auto& [number, segment] : sink.segments(0)) {
    EXPECT_LT(segment.duration, MediaTime(milliseconds(2500))) << number;
    const auto same = std::find_if(audio.begin(), audio.end(),
                                   [n = number](const auto& each) { return each.first == n; });
    ASSERT_NE(same, audio.end());
    EXPECT_NEAR(to_seconds(same->second.start + same->second.duration),
                to_seconds(segment.start + segment.duration), 0.05)
        << number;
  }
  EXPECT_EQ(samples_of(sink, 0), 600u - 239u);
  const auto back = read_fragments(sink.file(0));
  const auto sent = only(packets, TrackKind::Video);
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i].pts, sent[i].pts) << i;
}

TEST(CmafPackager, ATrackThatComesLateJoinsTheNewestSegment) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  auto packets = make_packets({.frames = 30 * 200});
  std::erase_if(packets, [](const Packet& packet) {
    return packet.track == TrackKind::Audio && packet.pts < seconds(190);
  });
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  ASSERT_EQ(sink.at(1).inits.size(), 1u);
  EXPECT_EQ(sink.segments(1).front().first, 95u);
  EXPECT_EQ(sink.segments(1).back().first, sink.segments(0).back().first);
}

TEST(CmafPackager, AudioWithJitteringTimesFollowsWithoutGaps) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  stream.with_video = false;
  stream.frames = 1800;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), sink);
  auto packets = make_packets(stream);
  for (std::size_t i = 1; i < packets.size(); ++i) {
    packets[i].pts += milliseconds(static_cast<int>(i * 7 % 11) - 5);
    packets[i].dts = packets[i].pts;
  }
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), packets.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].pts, from_ticks(static_cast<std::int64_t>(i) * 1024, 1, 48'000));
  }
}

TEST(CmafPackager, AudioFollowsAClockThatIsNotItsOwn) {
  MadeUpStream stream;
  stream.with_video = false;
  stream.frames = 30 * 600;
  for (const int ppm : {-200, 200}) {
    RecordingTrackSink sink;
    auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), sink);
    auto packets = make_packets(stream);
    for (Packet& packet : packets) {
      packet.pts += MediaTime(packet.pts.count() / 1'000'000 * ppm);
      packet.dts = packet.pts;
    }
    push_all(*packager, packets);
    ASSERT_TRUE(packager->flush());
    // 200 ppm of 600 s are 120 ms.
    EXPECT_NEAR(to_seconds(packager->end()), to_seconds(packets.back().pts), 0.045) << ppm;
    EXPECT_LE(packager->counts().dropped_packets, 8u);
    EXPECT_EQ(packager->counts().dropped_packets > 0, ppm < 0);
  }
}

TEST(CmafPackager, AudioWhosePacketsShareATimeIsSpread) {
  RecordingTrackSink sink;
  MadeUpStream stream;
  stream.with_video = false;
  stream.frames = 1800;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks_of(stream)), sink);
  auto packets = make_packets(stream);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    packets[i].pts = packets[i].dts = packets[i / 3 * 3].pts;
  }
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  EXPECT_LE(packager->counts().dropped_packets, 1u) << "to be in the middle of them";
  const auto back = read_fragments(sink.file(0));
  for (std::size_t i = 1; i < back.size(); ++i) {
    EXPECT_EQ(back[i].pts - back[i - 1].pts, from_ticks(1024, 1, 48'000)) << i;
  }
}

TEST(CmafPackager, AGapOfTheAudioStaysOne) {
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  auto packets = make_packets({.frames = 300});
  std::erase_if(packets, [](const Packet& packet) {
    return packet.track == TrackKind::Audio && packet.pts > seconds(3) && packet.pts < seconds(4);
  });
  push_all(*packager, packets);
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(packager->counts().dropped_packets, 0u);
  const auto sent = only(packets, TrackKind::Audio);
  const auto back = read_fragments(sink.file(1));
  ASSERT_EQ(back.size(), sent.size());
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i].pts, sent[i].pts) << i;
}

TEST(CmafPackager, AnotherConfigurationBeginsARunAtTheNextKeyframe) {
  const Tracks wide = small_tracks(128, 80);
  RecordingTrackSink sink;
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  const auto packets = make_packets({.frames = 200});
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i == 100) {
      ASSERT_TRUE(packager->set_tracks(cmaf_tracks(tracks()))) << "the same: nothing happens";
    }
    if (i == 230) {
      ASSERT_TRUE(packager->set_tracks(cmaf_tracks({wide.video, tracks().audio})));
    }
    const std::size_t track = packets[i].track == TrackKind::Audio ? 1 : 0;
    ASSERT_TRUE(packager->push(track, packets[i], arrival(packets[i].dts)));
  }
  ASSERT_TRUE(packager->flush());
  ASSERT_EQ(sink.at(0).inits.size(), 2u);
  ASSERT_EQ(sink.at(1).inits.size(), 2u) << "runs are those of the stream";
  EXPECT_EQ(sink.at(0).infos[1].width_px, 128);
  EXPECT_NE(sink.at(0).inits[0], sink.at(0).inits[1]);
  std::set<std::uint64_t> first_numbers;
  for (const std::size_t track : {0u, 1u}) {
    for (const SunkPart& part : sink.at(track).parts) {
      if (part.run == 1) {
        first_numbers.insert(part.number);
        break;
      }
    }
  }
  EXPECT_EQ(first_numbers.size(), 1u);
  EXPECT_EQ(samples_of(sink, 0), 200u);
  EXPECT_EQ(packager->set_tracks(cmaf_tracks({tracks().video, {}})).error().code,
            ErrorCode::InvalidArgument);
}

// Packets that are lost, late, doubled, of jumping clocks and without keyframes.
std::vector<Packet> disturb(std::vector<Packet> packets, std::mt19937& random) {
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  std::vector<Packet> disturbed;
  MediaTime shift{0};
  std::uint64_t lost = 0;
  for (Packet& packet : packets) {
    if (one_in(300)) shift += milliseconds(static_cast<int>(random() % 40'000) - 20'000);
    if (one_in(200)) lost = random() % 60;
    if (lost > 0 && lost-- > 0 && packet.track == TrackKind::Video) continue;
    packet.dts += shift + milliseconds(random() % 9) - milliseconds(4);
    packet.pts = packet.dts + milliseconds(static_cast<int>(random() % 5) * 33 - 33);
    if (packet.track == TrackKind::Audio) packet.pts = packet.dts;
    if (one_in(500)) packet.pts += std::chrono::hours(static_cast<int>(random() % 100) - 50);
    disturbed.push_back(packet);
    if (one_in(150)) disturbed.push_back(packet);
  }
  return disturbed;
}

TEST(CmafPackager, DisturbedStreamsStayInOrder) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    MadeUpStream stream;
    stream.frames = 900;
    stream.gop = 1 + static_cast<int>(random() % 200);
    stream.start = milliseconds(random() % 100'000);
    RecordingTrackSink sink;
    auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
    const auto packets = disturb(make_packets(stream), random);
    for (const Packet& packet : packets) {
      const std::size_t track = packet.track == TrackKind::Audio ? 1 : 0;
      const auto now = arrival(packet.dts);
      ASSERT_TRUE(packager->push(track, packet, now));
      if (random() % 4 == 0) {
        ASSERT_TRUE(packager->advance(now + milliseconds(random() % 60)));
      }
    }
    ASSERT_TRUE(packager->flush());
    std::size_t samples = 0;
    for (const std::size_t track : {0u, 1u}) {
      std::uint64_t number = 0;
      MediaTime end{0};
      for (const SunkPart& each : sink.at(track).parts) {
        ASSERT_GE(each.number, number) << seed;
        ASSERT_GT(each.part.duration, MediaTime{0}) << seed;
        // Audio that begins a run may do so half a packet early.
        ASSERT_GE(each.part.start + milliseconds(12), end) << seed << " track " << track;
        number = each.number;
        end = each.part.start + each.part.duration;
      }
      const auto& ended = sink.at(track).ended;
      ASSERT_TRUE(std::is_sorted(ended.begin(), ended.end())) << seed;
      ASSERT_EQ(std::adjacent_find(ended.begin(), ended.end()), ended.end()) << seed;
      ASSERT_EQ(ended.size(), sink.segments(track).size()) << seed;
      if (!sink.at(track).inits.empty()) samples += samples_of(sink, track);
    }
    EXPECT_EQ(samples + packager->counts().dropped_packets, packets.size()) << seed;
  }
}

TEST(CmafPackager, LosesNothingAndDoesNotDriftInADay) {
  class LastTimes final : public LiveTrackSink {
   public:
    Result<void> begin_run(std::size_t, const LiveTrackInfo&, Bytes) override { return {}; }
    Result<void> add_part(std::size_t track, std::uint64_t number, const LivePart& part,
                          Bytes) override {
      end.at(track) = part.start + part.duration;
      last_number.at(track) = number;
      return {};
    }
    Result<void> end_segment(std::size_t, std::uint64_t) override { return {}; }
    std::array<MediaTime, 2> end{};
    std::array<std::uint64_t, 2> last_number{};
  };
  // Milliseconds that pass 2^32, as a publisher of a wrapped clock has them after unwrapping.
  constexpr MediaTime kStart = milliseconds((std::int64_t{1} << 32) - 3'600'000);
  constexpr int kFrames = 24 * 3600 * 2;
  constexpr int kHz = 11'025;  // few packets, none of whose times is a whole millisecond
  LastTimes sink;
  Tracks slow = tracks();
  slow.audio->format.sample_rate_hz = kHz;
  auto packager = *CmafPackager::create(cmaf_tracks(slow), sink);
  const MadeUpStream day{
      .rate = {2, 1}, .frames = kFrames, .gop = 4, .start = kStart, .unit = milliseconds(1)};
  const MediaTime length = day.rate.time_of(kFrames);
  std::int64_t audio = 0;
  for (int n = 0; n < kFrames; ++n) {
    Packet picture{.data = {0, 0, 0, 1, 0x65, 1, 2, 0x80}};
    picture.pts = picture.dts = kStart + day.rate.time_of(n);
    picture.keyframe = n % day.gop == 0;
    ASSERT_TRUE(packager->push(0, picture, {}));
    for (; from_ticks(audio * 1024, 1, kHz) < day.rate.time_of(n + 1); ++audio) {
      Packet sound{.track = TrackKind::Audio, .data = {1, 2}};
      sound.pts = (kStart + from_ticks(audio * 1024, 1, kHz)) / day.unit * day.unit;
      sound.dts = sound.pts;
      ASSERT_TRUE(packager->push(1, sound, {}));
    }
  }
  ASSERT_TRUE(packager->flush());
  EXPECT_EQ(packager->counts().dropped_packets, 0u);
  EXPECT_EQ(packager->counts().timeline_breaks, 0u);
  EXPECT_EQ(sink.end[0], length);
  EXPECT_EQ(sink.end[1], from_ticks(audio * 1024, 1, kHz));
  EXPECT_EQ(sink.last_number[0], 24u * 1800 - 1);
  EXPECT_EQ(sink.last_number[1], 24u * 1800 - 1);
}

TEST(CmafPackager, RejectsWhatItCannotCarry) {
  RecordingTrackSink sink;
  const auto code = [&](auto change, CmafOptions options = {}) {
    Tracks some = tracks();
    change(some);
    auto packager = CmafPackager::create(cmaf_tracks(some), sink, options);
    if (!packager) return packager.error().code;
    for (const Packet& packet : make_packets({})) {
      const std::size_t track = packet.track == TrackKind::Audio ? 1 : 0;
      if (auto pushed = (*packager)->push(track, packet, {}); !pushed) return pushed.error().code;
    }
    return ErrorCode::Internal;
  };
  const auto keep = [](Tracks&) {};
  EXPECT_EQ(code([](Tracks& some) { some.video->codec = "mpeg2video"; }), ErrorCode::Unsupported);
  EXPECT_EQ(code([](Tracks& some) { some.audio->codec = "pcm_s16le"; }), ErrorCode::Unsupported);
  EXPECT_EQ(code([](Tracks& some) { some.audio->codec_config.clear(); }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](Tracks& some) { some.video->codec_config.clear(); }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code([](Tracks& some) { some = {}; }), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(keep, {.segment_duration = milliseconds(100)}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(keep, {.part_duration = milliseconds(50)}), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(keep, {.part_duration = seconds(3)}), ErrorCode::InvalidArgument);
  auto packager = *CmafPackager::create(cmaf_tracks(tracks()), sink);
  EXPECT_EQ(packager->push(2, {}, {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(packager->push(1, {}, {})) << "empty audio is counted";
  EXPECT_EQ(packager->counts().dropped_packets, 1u);
}

}  // namespace
}  // namespace streamkit::media
