#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/playlist_builder.hpp>
#include <streamkit/store/chunk_key.hpp>

namespace streamkit::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

SegmentRecord record(std::uint64_t index, MediaTime duration = seconds(5)) {
  SegmentRecord result;
  result.index = index;
  result.start = duration * static_cast<std::int64_t>(index);
  result.duration = duration;
  result.header_bytes = 1000 + index;
  result.size_bytes = 50'000 + 2 * index;
  return result;
}

PlaylistBuilderOptions options() {
  PlaylistBuilderOptions result;
  result.program_date_time = WallTime(milliseconds(1'767'225'600'123));
  return result;
}

MediaPlaylist parse(const PlaylistBuilder& builder) {
  const auto parsed = parse_media_playlist(builder.text());
  EXPECT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(write_media_playlist(*parsed), builder.text()) << "not the canonical spelling";
  return *parsed;
}

SegmentRecord long_record(std::uint64_t index, std::vector<ChunkPart> parts) {
  SegmentRecord result = record(index, MediaTime{0});
  result.size_bytes = result.header_bytes;
  for (const ChunkPart& part : parts) {
    result.duration += part.duration;
    result.size_bytes += part.size_bytes;
  }
  result.parts = std::move(parts);
  return result;
}

TEST(PlaylistBuilder, ListsALongSegmentInPartsThatKeepTheTargetDuration) {
  // 8.4 s, then 8.3 s, with keyframes where the encoder's grid of 5 s has them.
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(long_record(0, {{seconds(5), 500}, {milliseconds(3400), 340}})));
  ASSERT_TRUE(builder.add(
      long_record(1, {{milliseconds(1600), 160}, {seconds(5), 500}, {milliseconds(1700), 170}})));
  ASSERT_TRUE(builder.add(record(2, seconds(1))));
  builder.end(3);
  const auto list = parse(builder);
  std::vector<std::tuple<std::string, double, std::uint64_t, std::uint64_t>> found;
  for (const auto& segment : list.segments) {
    found.emplace_back(segment.uri, to_seconds(segment.duration), segment.byte_range->length,
                       segment.byte_range->offset);
    EXPECT_FALSE(is_overlong(segment.duration, list.target_duration));
  }
  EXPECT_EQ(found, (decltype(found){{"seg_00000.mp4", 5, 500, 1000},
                                    {"seg_00000.mp4", 3.4, 340, 1500},
                                    {"seg_00001.mp4", 1.6, 160, 1001},
                                    {"seg_00001.mp4", 5, 500, 1161},
                                    {"seg_00001.mp4", 1.7, 170, 1661},
                                    {"seg_00002.mp4", 1, 49002, 1002}}));
  EXPECT_EQ(builder.published(), 3U);
  EXPECT_EQ(builder.overlong_segments(), 0U);
  EXPECT_EQ(builder.duration(), milliseconds(17'700));
}

TEST(PlaylistBuilder, CutsOnlyWhatIsTooLongAndAsLittleAsPossible) {
  const auto entries = [](SegmentRecord segment) {
    return playlist_entries(segment, target_duration_for(seconds(5)));
  };
  // 5.4 s rounds to the target duration, 5.5 s does not.
  const auto fits = long_record(0, {{seconds(5), 500}, {milliseconds(400), 40}});
  EXPECT_EQ(entries(fits), (std::vector<ChunkPart>{{milliseconds(5400), 540}}));
  const auto scenes = long_record(0, {{seconds(2), 200},
                                      {seconds(1), 100},
                                      {milliseconds(2400), 240},
                                      {milliseconds(100), 10},
                                      {seconds(3), 300}});
  EXPECT_EQ(entries(scenes),
            (std::vector<ChunkPart>{{milliseconds(5400), 540}, {milliseconds(3100), 310}}));
  // Parts that are not the whole segment are not used.
  auto wrong = long_record(0, {{seconds(5), 500}, {seconds(5), 500}});
  wrong.size_bytes += 1;
  EXPECT_EQ(entries(wrong), (std::vector<ChunkPart>{{seconds(10), 1001}}));
  wrong = long_record(0, {{seconds(10), 500}, {seconds(0), 500}});
  EXPECT_EQ(entries(wrong).size(), 1U);
}

TEST(PlaylistBuilder, WritesTheLayoutThatEveryPlayerTakes) {
  PlaylistBuilder builder(options());
  ASSERT_TRUE(builder.add(record(0)));
  ASSERT_TRUE(builder.add(record(1, from_ticks(5005, 1, 1000))));
  builder.end(2);
  EXPECT_EQ(builder.text(),
            "#EXTM3U\n"
            "#EXT-X-VERSION:6\n"
            "#EXT-X-TARGETDURATION:5\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:EVENT\n"
            "#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MAP:URI=\"seg_00000.mp4\",BYTERANGE=\"1000@0\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.123Z\n"
            "#EXTINF:5.000,\n"
            "#EXT-X-BYTERANGE:49000@1000\n"
            "seg_00000.mp4\n"
            "#EXTINF:5.005,\n"
            "#EXT-X-BYTERANGE:49001@1001\n"
            "seg_00001.mp4\n"
            "#EXT-X-ENDLIST\n");
}

TEST(PlaylistBuilder, ParsesToTheExpectedValue) {
  PlaylistBuilder builder(options());
  MediaPlaylist expected;
  expected.target_duration = seconds(5);
  expected.type = PlaylistType::Event;
  expected.independent_segments = true;
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(parse(builder), expected);
    const MediaTime duration = seconds(5) + MediaTime(static_cast<std::int64_t>(i * i));
    ASSERT_TRUE(builder.add(record(i, duration)));
    MediaSegment segment;
    segment.uri = segment_file_name(i);
    segment.duration = duration;
    segment.byte_range = ByteRange{49'000 + i, 1000 + i};
    if (i == 0) {
      segment.map = InitializationSection{"seg_00000.mp4", ByteRange{1000, 0}};
      segment.program_date_time = ProgramDateTime(milliseconds(1'767'225'600'123));
    }
    expected.segments.push_back(segment);
  }
  EXPECT_FALSE(builder.complete());
  builder.end(100);
  expected.end_list = true;
  EXPECT_EQ(parse(builder), expected);
  EXPECT_TRUE(builder.complete());
}

TEST(PlaylistBuilder, IsAValidPlaylistBeforeTheFirstSegment) {
  PlaylistBuilder builder;
  const MediaPlaylist playlist = parse(builder);
  EXPECT_EQ(playlist.type, PlaylistType::Event);
  EXPECT_TRUE(playlist.segments.empty());
  EXPECT_FALSE(playlist.end_list);
}

TEST(PlaylistBuilder, EndsAStreamWithoutSegments) {
  PlaylistBuilder builder(options());
  builder.end(0);
  const MediaPlaylist playlist = parse(builder);
  EXPECT_TRUE(playlist.segments.empty());
  EXPECT_TRUE(playlist.end_list);
  const std::string text = builder.text();
  ASSERT_TRUE(builder.add(record(0)));
  EXPECT_EQ(builder.text(), text);
}

TEST(PlaylistBuilder, HoldsBackAtAGap) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(1)));
  ASSERT_TRUE(builder.add(record(3)));
  EXPECT_EQ(builder.published(), 0U);
  EXPECT_EQ(builder.held_back(), 2U);
  EXPECT_TRUE(parse(builder).segments.empty());

  ASSERT_TRUE(builder.add(record(0)));
  EXPECT_EQ(builder.published(), 2U);
  EXPECT_EQ(builder.held_back(), 1U);
  ASSERT_TRUE(builder.add(record(2)));
  EXPECT_EQ(builder.published(), 4U);
  EXPECT_EQ(builder.held_back(), 0U);
}

TEST(PlaylistBuilder, NeverChangesAListedSegment) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(0)));
  const std::string text = builder.text();
  ASSERT_TRUE(builder.add(record(0)));
  ASSERT_TRUE(builder.add(record(0, seconds(3))));
  EXPECT_EQ(builder.text(), text);
}

TEST(PlaylistBuilder, ReplacesASegmentThatIsHeldBack) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(1, seconds(3))));
  ASSERT_TRUE(builder.add(record(1, seconds(4))));
  ASSERT_TRUE(builder.add(record(0)));
  EXPECT_EQ(parse(builder).segments.at(1).duration, seconds(4));
}

TEST(PlaylistBuilder, WritesTheEndOnlyAfterTheLastSegment) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(0)));
  builder.end(3);
  EXPECT_FALSE(parse(builder).end_list);
  ASSERT_TRUE(builder.add(record(2)));
  EXPECT_FALSE(parse(builder).end_list);
  ASSERT_TRUE(builder.add(record(1)));
  EXPECT_TRUE(parse(builder).end_list);
  EXPECT_EQ(parse(builder).segments.size(), 3U);
}

TEST(PlaylistBuilder, NeverListsSegmentsBeyondTheEnd) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(2)));
  ASSERT_TRUE(builder.add(record(3)));
  builder.end(2);
  EXPECT_EQ(builder.held_back(), 0U);
  for (const std::uint64_t i : {1, 2, 0, 3}) ASSERT_TRUE(builder.add(record(i)));
  EXPECT_EQ(parse(builder).segments.size(), 2U);
  EXPECT_TRUE(builder.complete());
}

TEST(PlaylistBuilder, KeepsToTheFirstEnd) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(0)));
  builder.end(2);
  builder.end(1);
  EXPECT_FALSE(builder.complete());
  ASSERT_TRUE(builder.add(record(1)));
  const std::string text = builder.text();
  builder.end(2);
  EXPECT_EQ(builder.text(), text);
}

TEST(PlaylistBuilder, EndsAtOnceWhenMoreIsListedThanCounted) {
  PlaylistBuilder builder;
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(builder.add(record(i)));
  builder.end(2);
  EXPECT_EQ(parse(builder).segments.size(), 3U);
  EXPECT_TRUE(parse(builder).end_list);
}

TEST(PlaylistBuilder, RefusesARecordThatCannotBeListed) {
  PlaylistBuilder builder;
  const std::string text = builder.text();
  std::vector<SegmentRecord> bad(4, record(0));
  bad[0].duration = MediaTime{0};
  bad[1].duration = -seconds(1);
  bad[2].header_bytes = 0;
  bad[3].header_bytes = bad[3].size_bytes;
  for (const SegmentRecord& each : bad) {
    const auto added = builder.add(each);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_EQ(builder.text(), text);
  EXPECT_TRUE(builder.add(record(0)));
}

TEST(PlaylistBuilder, PutsThePrefixBeforeEveryUri) {
  PlaylistBuilderOptions prefixed;
  prefixed.uri_prefix = "https://cdn.example.com/s/";
  PlaylistBuilder builder(prefixed);
  for (std::uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(builder.add(record(i)));
  const MediaPlaylist playlist = parse(builder);
  EXPECT_EQ(playlist.segments.at(0).map->uri, "https://cdn.example.com/s/seg_00000.mp4");
  EXPECT_EQ(playlist.segments.at(0).uri, "https://cdn.example.com/s/seg_00000.mp4");
  EXPECT_EQ(playlist.segments.at(1).uri, "https://cdn.example.com/s/seg_00001.mp4");
}

TEST(PlaylistBuilder, LeavesTheDateOutWhenThereIsNone) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(0)));
  EXPECT_EQ(builder.text().find("DATE-TIME"), std::string::npos);
}

TEST(PlaylistBuilder, FixesTheTargetDurationFromTheNominalLength) {
  const std::pair<MediaTime, int> rows[] = {
      {seconds(5), 5},          {milliseconds(500), 1},   {milliseconds(1), 1},
      {milliseconds(5'399), 5}, {milliseconds(5'400), 6}, {milliseconds(5'490), 6},
      {milliseconds(5'500), 6}, {seconds(6), 6},          {seconds(3600), 3600}};
  for (const auto& [nominal, expected] : rows) {
    EXPECT_EQ(target_duration_for(nominal), seconds(expected)) << to_seconds(nominal);
  }
}

TEST(PlaylistBuilder, NoChunkOfTheGridExceedsTheTarget) {
  const FrameRate rates[] = {{10, 1}, {24, 1}, {24000, 1001}, {25, 1}, {30000, 1001}, {60, 1}};
  for (int nominal_ms = 500; nominal_ms < 12'000; nominal_ms += 7) {
    for (const FrameRate& rate : rates) {
      // The longest chunk: its last frame begins just before the nominal end.
      const MediaTime longest = milliseconds(nominal_ms) + rate.frame_duration() - MediaTime(1);
      PlaylistBuilderOptions each;
      each.chunk_duration = milliseconds(nominal_ms);
      PlaylistBuilder builder(each);
      ASSERT_TRUE(builder.add(record(0, longest)));
      EXPECT_EQ(builder.overlong_segments(), 0U) << nominal_ms << " ms at " << to_string(rate);
    }
  }
}

TEST(PlaylistBuilder, ListsAndCountsSegmentsBeyondTheTarget) {
  PlaylistBuilder builder;
  ASSERT_TRUE(builder.add(record(0, milliseconds(5'499))));
  EXPECT_EQ(builder.overlong_segments(), 0U);
  ASSERT_TRUE(builder.add(record(1, milliseconds(5'500))));
  ASSERT_TRUE(builder.add(record(2, seconds(20))));
  EXPECT_EQ(builder.overlong_segments(), 2U);
  EXPECT_EQ(parse(builder).segments.size(), 3U);
  EXPECT_EQ(parse(builder).target_duration, seconds(5));
}

// What a player adds up: the decimals as doubles.
TEST(PlaylistBuilder, SumsOfDurationsDoNotDrift) {
  PlaylistBuilder builder;
  const MediaTime odd = from_ticks(1, 1, 3) + MediaTime(1);  // no finite decimal
  MediaTime media{0};
  constexpr std::uint64_t kCount = 100'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(builder.add(record(i, odd)));
    media += odd;
  }
  double sum = 0;
  const std::string& text = builder.text();
  for (auto at = text.find("#EXTINF:"); at != text.npos; at = text.find("#EXTINF:", at + 8)) {
    sum += std::stod(text.substr(at + 8, 20));
  }
  EXPECT_NEAR(sum, to_seconds(media), 0.001);
}

TEST(PlaylistBuilder, TheTextOnlyGrowsInWhateverOrderSegmentsCome) {
  constexpr std::uint64_t kCount = 40;
  PlaylistBuilder in_order(options());
  for (std::uint64_t i = 0; i < kCount; ++i) ASSERT_TRUE(in_order.add(record(i)));
  in_order.end(kCount);

  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::uint64_t> order(kCount);
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    for (auto twice = random() % kCount; twice > 0; --twice) order.push_back(random() % kCount);
    std::shuffle(order.begin(), order.end(), random);
    const std::size_t end_at = random() % order.size();

    PlaylistBuilder builder(options());
    std::string before = builder.text();
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i == end_at) builder.end(kCount);
      ASSERT_TRUE(builder.add(record(order[i])));
      ASSERT_TRUE(builder.text().starts_with(before));
      before = builder.text();
    }
    EXPECT_EQ(builder.text(), in_order.text());
  }
}

TEST(PlaylistBuilder, NamesSegmentsAsAFunctionSays) {
  PlaylistBuilderOptions named = options();
  named.uri_of = [](std::uint64_t index) {
    return "https://cdn.example/" + std::to_string(index) + ".mp4?signature=a%2Fb";
  };
  PlaylistBuilder builder(named);
  ASSERT_TRUE(builder.add(record(0)));
  ASSERT_TRUE(builder.add(record(1)));
  const auto playlist = parse(builder);
  ASSERT_EQ(playlist.segments.size(), 2u);
  EXPECT_EQ(playlist.segments[0].map->uri, "https://cdn.example/0.mp4?signature=a%2Fb");
  EXPECT_EQ(playlist.segments[1].uri, "https://cdn.example/1.mp4?signature=a%2Fb");
}

TEST(PlaylistBuilder, SumsTheDurationsOfWhatIsListed) {
  PlaylistBuilder builder;
  EXPECT_EQ(builder.duration(), MediaTime(0));
  ASSERT_TRUE(builder.add(record(0, seconds(4))));
  ASSERT_TRUE(builder.add(record(2, seconds(3))));
  EXPECT_EQ(builder.duration(), seconds(4));
  ASSERT_TRUE(builder.add(record(1, seconds(5))));
  ASSERT_TRUE(builder.add(record(1, seconds(5))));
  EXPECT_EQ(builder.duration(), seconds(12));
}

}  // namespace
}  // namespace streamkit::hls
