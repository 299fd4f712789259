#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>
#include <streamkit/hls/media_playlist.hpp>

namespace streamkit::hls {
namespace {

// Random values over the whole range that the types allow.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  MediaPlaylist playlist() {
    MediaPlaylist result;
    result.version = static_cast<int>(1 + below(12));
    result.target_duration = std::chrono::seconds(below(std::uint64_t{1} << 31));
    if (below(2) == 0) result.type = below(2) == 0 ? PlaylistType::Event : PlaylistType::Vod;
    result.media_sequence = any_size();
    result.discontinuity_sequence = any_size();
    result.independent_segments = below(2) == 0;
    result.end_list = below(2) == 0;
    result.segments.resize(below(20));
    result.i_frames_only = below(4) == 0;
    if (below(2) == 0) result.skipped_segments = any_size();
    if (below(2) == 0) add_low_latency(result);
    for (MediaSegment& segment : result.segments) {
      segment = random_segment();
      if (result.part_target) segment.parts = random_parts();
    }
    return result;
  }

  // From flicks to centuries.
  MediaTime duration() {
    constexpr auto kMax = MediaTime::max().count() / MediaTime::period::den - 1;
    return MediaTime(static_cast<std::int64_t>(any_size() % (kMax * MediaTime::period::den)));
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint64_t any_size() { return random_() >> below(64); }

  ByteRange byte_range() {
    ByteRange range{any_size(), any_size()};
    range.length = std::min(range.length, std::numeric_limits<std::uint64_t>::max() - range.offset);
    return range;
  }

  std::string text() {
    constexpr std::array<const char*, 12> kPieces = {"a",  "Z", "7", ",",  "=", "@",
                                                     "%2", ":", "é", "東", "🎥", "#"};
    std::string result;
    for (auto i = below(30); i > 0; --i) result += kPieces[below(kPieces.size())];
    return result;
  }

  ProgramDateTime date() {
    constexpr std::int64_t kYear9999 = 253'402'300'799'999;
    constexpr std::int64_t kYear0 = -62'167'219'200'000;
    return ProgramDateTime(std::chrono::milliseconds(
        kYear0 + static_cast<std::int64_t>(below(kYear9999 - kYear0 + 1))));
  }

  std::vector<PartialSegment> random_parts() {
    std::vector<PartialSegment> parts(below(4));
    for (PartialSegment& part : parts) {
      part.uri = "p" + text();
      part.duration = duration();
      if (below(2) == 0) part.byte_range = byte_range();
      part.independent = below(2) == 0;
      part.gap = below(4) == 0;
    }
    return parts;
  }

  std::optional<std::uint64_t> maybe_size() {
    if (below(2) == 0) return {};
    return any_size();
  }

  void add_low_latency(MediaPlaylist& playlist) {
    ServerControl& control = playlist.server_control.emplace();
    if (below(2) == 0) control.can_skip_until = duration();
    if (below(2) == 0) control.hold_back = duration();
    if (below(2) == 0) control.part_hold_back = duration();
    control.can_skip_dateranges = below(2) == 0;
    control.can_block_reload = below(2) == 0;
    playlist.part_target = duration();
    if (OpenSegment open{random_parts()}; !open.parts.empty()) {
      if (below(2) == 0) open.map = InitializationSection{"m" + text(), {}};
      if (below(2) == 0) open.program_date_time = date();
      open.discontinuity = below(2) == 0;
      playlist.open_segment = std::move(open);
    }
    for (auto i = below(3); i > 0; --i) {
      const auto type = below(2) == 0 ? PreloadHint::Type::Part : PreloadHint::Type::Map;
      playlist.preload_hints.push_back({type, "h" + text(), any_size(), maybe_size()});
      playlist.rendition_reports.push_back({"r" + text(), maybe_size(), maybe_size()});
    }
  }

  MediaSegment random_segment() {
    MediaSegment result;
    result.uri = "u" + text();
    result.duration = duration();
    result.title = text();
    if (below(2) == 0) result.byte_range = byte_range();
    if (below(4) == 0) {
      result.map = InitializationSection{"m" + text(), {}};
      if (below(2) == 0) result.map->byte_range = byte_range();
    }
    if (below(4) == 0) result.program_date_time = date();
    result.discontinuity = below(4) == 0;
    result.gap = below(4) == 0;
    return result;
  }

  std::mt19937_64 random_;
};

TEST(MediaPlaylistProperty, ParsingWhatWasWrittenGivesTheSameValue) {
  Generator generator(1);
  for (int i = 0; i < 2000; ++i) {
    const MediaPlaylist value = generator.playlist();
    const std::string text = write_media_playlist(value);
    const auto parsed = parse_media_playlist(text);
    ASSERT_TRUE(parsed) << to_string(parsed.error()) << "\n" << text;
    ASSERT_EQ(*parsed, value) << text;
    ASSERT_EQ(write_media_playlist(*parsed), text);
  }
}

TEST(MediaPlaylistProperty, EveryFlickOfASecondSurvives) {
  Generator generator(2);
  MediaPlaylist value;
  value.segments.resize(100'000);
  for (std::size_t i = 0; i < value.segments.size(); ++i) {
    value.segments[i].uri = "a";
    // The first and last flicks of a second, then random ones.
    const auto near = static_cast<std::int64_t>(i);
    value.segments[i].duration = i % 3 == 0   ? MediaTime(near)
                                 : i % 3 == 1 ? std::chrono::seconds(1) - MediaTime(near)
                                              : generator.duration();
  }
  const auto parsed = parse_media_playlist(write_media_playlist(value));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(*parsed == value);
}

TEST(MediaPlaylistProperty, DamagedTextNeverCrashesAndWhatParsesIsStable) {
  Generator generator(3);
  std::mt19937_64 random(4);
  int parsed_count = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = write_media_playlist(generator.playlist());
    for (auto edits = random() % 3; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text.erase(at, random() % 8);
      } else {
        text[at] = "\n\r,\"@:#0Z\xC3"[random() % 10];
      }
    }
    const auto parsed = parse_media_playlist(text);
    if (!parsed) continue;
    ++parsed_count;
    const auto again = parse_media_playlist(write_media_playlist(*parsed));
    ASSERT_TRUE(again) << text;
    ASSERT_TRUE(*again == *parsed) << text;
  }
  EXPECT_GT(parsed_count, 1000);
}

}  // namespace
}  // namespace streamkit::hls
