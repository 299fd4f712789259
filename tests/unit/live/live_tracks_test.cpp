#include <gtest/gtest.h>

#include <streamkit/live/live_tracks.hpp>
#include <streamkit/testing/fake_clock.hpp>

namespace streamkit::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = LiveBytes::State;

const LiveTrackInfo kVideo{.name = "v0", .codecs = "avc1.64001f", .width_px = 640};
const LiveTrackInfo kAudio{.name = "a0", .kind = TrackKind::Audio, .codecs = "mp4a.40.2"};

class LiveTracksTest : public ::testing::Test {
 protected:
  LiveTracks create(LiveTracksOptions options) {
    return LiveTracks(
        {"v0", "a0"}, options,
        {.on_change = [this](std::size_t track) { changes_.push_back(track); },
         .on_complete = [this](LiveSegmentFile file) { files_.push_back(std::move(file)); },
         .on_unlisted = [this](std::size_t, std::uint64_t number) { unlisted_.push_back(number); }},
        {.clock = &clock_});
  }
  // Adds the part `index` of four in the segment `number` of 2 s.
  static Result<void> add(LiveTracks& tracks, std::uint64_t number, int index) {
    const LivePart part{
        .start = seconds(2) * static_cast<std::int64_t>(number) + milliseconds(500) * index,
        .duration = milliseconds(500),
        .independent = index == 0};
    const std::string text = std::to_string(number) + "." + std::to_string(index);
    return tracks.add_part(0, number, part, Bytes(text.begin(), text.end()));
  }
  static void add_segments(LiveTracks& tracks, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      for (int index = 0; index < 4; ++index) ASSERT_TRUE(add(tracks, number, index));
    }
  }
  static std::string text_of(const LiveBytes& bytes) {
    std::string text;
    for (const SharedText& part : bytes.texts) text += *part;
    return text;
  }
  static std::vector<std::uint64_t> listed(const LiveTracks& tracks) {
    std::vector<std::uint64_t> numbers;
    for (const auto& segment : tracks.state()->tracks.at(0)->segments) {
      numbers.push_back(segment->number);
    }
    return numbers;
  }

  testing::FakeClock clock_;
  std::vector<std::size_t> changes_;
  std::vector<LiveSegmentFile> files_;
  std::vector<std::uint64_t> unlisted_;
};

TEST_F(LiveTracksTest, ListsPartsAsTheyCome) {
  auto tracks = create({});
  EXPECT_EQ(add(tracks, 0, 0).error().code, ErrorCode::InvalidArgument);
  ASSERT_TRUE(tracks.begin_run(0, kVideo, Bytes{'i'}));
  EXPECT_EQ(*tracks.init(0, 0), "i");
  EXPECT_EQ(tracks.init(0, 1), nullptr);
  EXPECT_EQ(tracks.init(1, 0), nullptr);
  ASSERT_TRUE(add(tracks, 0, 0));
  ASSERT_TRUE(add(tracks, 0, 1));
  const auto state = tracks.state();
  EXPECT_FALSE(state->targets);
  EXPECT_EQ(state->find("v0"), 0u);
  EXPECT_FALSE(state->find("a0")) << "it has no run";
  const auto& segment = *state->tracks[0]->segments.back();
  EXPECT_EQ(segment.duration, seconds(1));
  EXPECT_EQ(segment.size_bytes, 6u);
  EXPECT_EQ(segment.parts[1].offset_bytes, 3u);
  EXPECT_FALSE(segment.complete);
  EXPECT_EQ(changes_, (std::vector<std::size_t>{0, 0, 0}));
  ASSERT_TRUE(add(tracks, 1, 0));
  EXPECT_EQ(listed(tracks), (std::vector<std::uint64_t>{0, 1}));
  EXPECT_TRUE(tracks.state()->tracks[0]->segments.front()->complete);
  ASSERT_EQ(files_.size(), 1u);
  EXPECT_EQ(files_[0].name, "0/v0/seg_0.m4s");
  EXPECT_EQ(files_[0].texts.size(), 2u);
  EXPECT_EQ(add(tracks, 0, 2).error().code, ErrorCode::InvalidArgument) << "it is complete";
  EXPECT_EQ(state->tracks[0]->segments.size(), 1u) << "a state never changes";
}

TEST_F(LiveTracksTest, FindsBytesAndWhatComesNext) {
  auto tracks = create({});
  EXPECT_EQ(tracks.segment(0, 0).state, State::Expected);
  ASSERT_TRUE(tracks.begin_run(0, kVideo, {}));
  EXPECT_EQ(tracks.part(0, 0, 0).state, State::Expected);
  EXPECT_EQ(tracks.part(0, 0, 1).state, State::Unknown);
  ASSERT_TRUE(add(tracks, 0, 0));
  ASSERT_TRUE(add(tracks, 0, 1));
  EXPECT_EQ(tracks.segment(0, 0).state, State::Growing);
  EXPECT_EQ(text_of(tracks.segment(0, 0)), "0.00.1");
  EXPECT_EQ(text_of(tracks.part(0, 0, 1)), "0.1");
  EXPECT_EQ(tracks.part(0, 0, 2).state, State::Expected);
  EXPECT_EQ(tracks.part(0, 0, 3).state, State::Unknown);
  EXPECT_EQ(tracks.segment(0, 1).state, State::Expected);
  EXPECT_EQ(tracks.segment(0, 2).state, State::Unknown);
  EXPECT_EQ(tracks.segment(7, 0).state, State::Unknown);
  ASSERT_TRUE(tracks.end_segment(0, 0));
  EXPECT_EQ(tracks.segment(0, 0).state, State::Ready);
  EXPECT_EQ(tracks.part(0, 0, 2).state, State::Unknown) << "a hint that does not come true";
  tracks.end();
  EXPECT_EQ(tracks.segment(0, 1).state, State::Ready) << "empty, for players that follow numbers";
  EXPECT_EQ(text_of(tracks.segment(0, 1)), "");
  EXPECT_EQ(tracks.segment(0, 2).state, State::Unknown);
  EXPECT_EQ(tracks.part(0, 1, 0).state, State::Unknown);
  EXPECT_TRUE(tracks.state()->ended);
}

TEST_F(LiveTracksTest, TheWindowSlides) {
  auto tracks = create({.window = seconds(8)});
  tracks.set_targets({});
  ASSERT_TRUE(tracks.begin_run(0, kVideo, {}));
  add_segments(tracks, 0, 9);
  EXPECT_EQ(listed(tracks), (std::vector<std::uint64_t>{6, 7, 8, 9}));
  EXPECT_EQ(unlisted_, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(tracks.segment(0, 5).state, State::Ready) << "for a while";
  EXPECT_EQ(tracks.segment(0, 1).state, State::Unknown);
}

TEST_F(LiveTracksTest, KeepsAllWhenAsked) {
  auto tracks = create({.window = seconds(4), .keep_all = true});
  tracks.set_targets({});
  ASSERT_TRUE(tracks.begin_run(0, kVideo, {}));
  add_segments(tracks, 0, 99);
  EXPECT_EQ(listed(tracks).size(), 100u);
  EXPECT_TRUE(unlisted_.empty());
}

TEST_F(LiveTracksTest, StoredBytesLeaveTheMemory) {
  auto tracks = create({.window = seconds(60)});
  tracks.set_targets({});
  ASSERT_TRUE(tracks.begin_run(0, kVideo, {}));
  add_segments(tracks, 0, 1);
  tracks.set_stored(0, 0, "the/key");
  EXPECT_EQ(text_of(tracks.segment(0, 0)), "0.00.10.20.3");
  add_segments(tracks, 2, 8);
  const LiveBytes whole = tracks.segment(0, 0);
  EXPECT_EQ(whole.state, State::Ready);
  EXPECT_EQ(whole.stored_as, "the/key");
  EXPECT_EQ(whole.size_bytes, 12u);
  const LiveBytes third = tracks.part(0, 0, 2);
  EXPECT_TRUE(third.texts.empty());
  EXPECT_EQ(third.stored_as, "the/key");
  EXPECT_EQ(third.offset_bytes, 6u);
  EXPECT_EQ(third.size_bytes, 3u);
  EXPECT_FALSE(tracks.segment(0, 1).texts.empty()) << "it is not stored";
  tracks.set_removed(0, 0);
  EXPECT_EQ(tracks.segment(0, 0).state, State::Unknown);
}

TEST_F(LiveTracksTest, ARunBeginsASegmentAndIsKeptWhileItIsListed) {
  auto tracks = create({.window = seconds(8)});
  tracks.set_targets({});
  ASSERT_TRUE(tracks.begin_run(0, kVideo, Bytes{'a'}));
  ASSERT_TRUE(tracks.begin_run(0, kVideo, Bytes{'b'}));
  EXPECT_EQ(tracks.state()->tracks[0]->runs.size(), 1u) << "the first one has no segment";
  add_segments(tracks, 0, 1);
  LiveTrackInfo large = kVideo;
  large.width_px = 1280;
  ASSERT_TRUE(tracks.begin_run(0, large, Bytes{'c'}));
  EXPECT_EQ(add(tracks, 1, 4).error().code, ErrorCode::InvalidArgument);
  add_segments(tracks, 2, 3);
  auto state = tracks.state()->tracks[0];
  EXPECT_EQ(state->info().width_px, 1280);
  EXPECT_EQ(state->run_of(*state->segments[1]).info.width_px, 640);
  EXPECT_EQ(state->run_of(*state->segments[2]).info.width_px, 1280);
  EXPECT_EQ(state->removed_discontinuities, 0u);
  add_segments(tracks, 4, 7);
  state = tracks.state()->tracks[0];
  EXPECT_EQ(state->runs.size(), 1u);
  EXPECT_EQ(state->removed_discontinuities, 1u);
}

TEST_F(LiveTracksTest, TiesMediaToTheClockOnce) {
  auto tracks = create({});
  ASSERT_TRUE(tracks.begin_run(0, kVideo, {}));
  clock_.advance(seconds(5));
  const WallTime arrival = clock_.system_now();
  ASSERT_TRUE(add(tracks, 3, 0));
  EXPECT_EQ(tracks.state()->date_of_zero, arrival - seconds(6) - milliseconds(500));
  clock_.advance(seconds(5));
  ASSERT_TRUE(add(tracks, 4, 0));
  const auto& segments = tracks.state()->tracks[0]->segments;
  EXPECT_EQ(segments[0]->date, arrival - milliseconds(500));
  EXPECT_EQ(segments[1]->date - segments[0]->date, seconds(2));
}

TEST_F(LiveTracksTest, RejectsWhatWasNotAnnounced) {
  auto tracks = create({});
  EXPECT_EQ(tracks.begin_run(2, kVideo, {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(tracks.begin_run(0, kAudio, {}).error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(tracks.begin_run(1, kAudio, {}));
}

}  // namespace
}  // namespace streamkit::live
