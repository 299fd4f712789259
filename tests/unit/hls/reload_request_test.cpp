#include <gtest/gtest.h>

#include <streamkit/hls/reload_request.hpp>

#include "live_track_fixture.hpp"

namespace streamkit::hls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ReloadRequest, ParsesTheDirectivesOfAQuery) {
  struct Row {
    const char* query;
    ReloadRequest expected;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"", {}},
           {"a=b&c", {}},
           {"_HLS_msn=7", {7, {}, false}},
           {"_HLS_msn=7&_HLS_part=0", {7, 0, false}},
           {"_HLS_part=2&token=x&_HLS_msn=18446744073709551615&_HLS_skip=YES",
            {18'446'744'073'709'551'615U, 2, true}},
           {"_HLS_skip=v2", {{}, {}, true}},
           {"_HLS_skip=NO", {}},
           {"_HLS_push=1&_HLS_report=/a", {}},
           {"&&_HLS_msn=7&", {7, {}, false}}}) {
    const auto parsed = parse_reload_request(row.query);
    ASSERT_TRUE(parsed) << row.query;
    EXPECT_EQ(*parsed, row.expected) << row.query;
  }
}

TEST(ReloadRequest, RejectsWhatIsNoNumber) {
  struct Row {
    const char* query;
    const char* message;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"_HLS_msn", "_HLS_msn is not a number"},
                                  {"_HLS_msn=", "_HLS_msn is not a number"},
                                  {"_HLS_msn=-1", "_HLS_msn is not a number"},
                                  {"_HLS_msn=1.5", "_HLS_msn is not a number"},
                                  {"_HLS_msn=18446744073709551616", "_HLS_msn is not a number"},
                                  {"_HLS_msn=%37", "_HLS_msn is not a number"},
                                  {"_HLS_msn=1&_HLS_part=x", "_HLS_part is not a number"},
                                  {"_HLS_msn=1&_HLS_msn=1", "_HLS_msn is given twice"},
                                  {"_HLS_part=1", "_HLS_part needs _HLS_msn"}}) {
    const auto parsed = parse_reload_request(row.query);
    ASSERT_FALSE(parsed) << row.query;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(parsed.error().message, row.message) << row.query;
  }
}

TEST(PlaylistPosition, FollowsTheSegments) {
  testing::MadeTrack track;
  const auto position = [&] {
    return playlist_position(track.segments(), milliseconds(500), false);
  };
  EXPECT_EQ(position(), (PlaylistPosition{0, 0, 0, milliseconds(500), false}));
  track.add(1);
  EXPECT_EQ(position(), (PlaylistPosition{0, 1, 0, milliseconds(500), false}));
  track.complete();
  EXPECT_EQ(position(), (PlaylistPosition{1, 0, 1, milliseconds(500), false}));
  track.add_complete(2);
  track.add(3);
  EXPECT_EQ(position(), (PlaylistPosition{3, 3, 4, milliseconds(500), false}));
}

struct DecisionRow {
  const char* name;
  PlaylistPosition position;
  ReloadRequest request;
  ReloadDecision expected;
};

ReloadDecision respond(bool delta = false) { return {.delta = delta}; }
ReloadDecision wait_for(std::uint64_t msn, std::optional<std::uint64_t> part = {}) {
  return {.action = ReloadAction::Wait, .msn = msn, .part = part};
}
ReloadDecision far_segment() {
  return {.action = ReloadAction::Reject, .reason = "_HLS_msn is more than two segments ahead"};
}
ReloadDecision far_part() {
  return {.action = ReloadAction::Reject, .reason = "_HLS_part is too far ahead"};
}

// Segments up to 9 are complete, each of 4 parts; of segment 10 there are two.
constexpr PlaylistPosition kOpen{10, 2, 4, milliseconds(500), false};
// Segment 9 is the last, and complete.
constexpr PlaylistPosition kBetween{10, 0, 4, milliseconds(500), false};
constexpr PlaylistPosition kEmpty{0, 0, 0, milliseconds(500), false};
constexpr PlaylistPosition kLongParts{10, 2, 4, seconds(1), false};
constexpr PlaylistPosition kNoParts{10, 0, 0, MediaTime{0}, false};
constexpr PlaylistPosition kEnded{10, 0, 4, milliseconds(500), true};

TEST(ReloadDecision, FollowsTheTable) {
  for (const DecisionRow& row : std::vector<DecisionRow>{
           {"no directive", kOpen, {}, respond()},
           {"only a delta", kOpen, {{}, {}, true}, respond(true)},
           {"an old segment", kOpen, {0, {}, false}, respond()},
           {"an old segment, as a delta", kOpen, {0, {}, true}, respond(true)},
           {"an old part", kOpen, {3, 1, false}, respond()},
           {"an old part that never was", kOpen, {3, 99, false}, respond()},
           {"the last complete segment", kOpen, {9, {}, false}, respond()},
           {"the open segment: until it is complete", kOpen, {10, {}, false}, wait_for(10)},
           {"one more", kOpen, {11, {}, false}, wait_for(11)},
           {"more than last + 2", kOpen, {12, {}, false}, far_segment()},
           {"the largest number", kOpen, {~std::uint64_t{0}, {}, false}, far_segment()},
           {"a part that is there", kOpen, {10, 1, false}, respond()},
           {"the next part", kOpen, {10, 2, false}, wait_for(10, 2)},
           {"the next part, as a delta", kOpen, {10, 2, true}, wait_for(10, 2)},
           // 3 / 0.5 = 6 parts behind part 1.
           {"the last part in the limit", kOpen, {10, 7, false}, wait_for(10, 7)},
           {"a part beyond the limit", kOpen, {10, 8, false}, far_part()},
           {"the largest part", kOpen, {10, ~std::uint64_t{0}, false}, far_part()},
           {"part 0 of the next segment", kOpen, {11, 0, false}, wait_for(11, 0)},
           {"the last part of the next segment in the limit",
            kOpen,
            {11, 5, false},
            wait_for(11, 5)},
           {"a part of the next segment beyond it", kOpen, {11, 6, false}, far_part()},
           {"a part of a segment beyond last + 2", kOpen, {12, 0, false}, far_segment()},
           {"beyond the last part of a complete segment", kOpen, {9, 4, false}, respond()},
           {"the same before the next segment begins", kBetween, {9, 4, false}, wait_for(10, 0)},
           {"far beyond it", kBetween, {9, 99, false}, wait_for(10, 0)},
           {"the last part of a complete segment", kBetween, {9, 3, false}, respond()},
           {"the first part of the next one", kBetween, {10, 0, false}, wait_for(10, 0)},
           {"the limit before it begins", kBetween, {10, 5, false}, wait_for(10, 5)},
           {"beyond the limit before it begins", kBetween, {10, 6, false}, far_part()},
           {"the first segment of all", kEmpty, {0, {}, false}, wait_for(0)},
           {"the first part of all", kEmpty, {0, 0, false}, wait_for(0, 0)},
           {"the second segment of all", kEmpty, {1, {}, false}, wait_for(1)},
           {"the third segment of all", kEmpty, {2, {}, false}, far_segment()},
           {"long parts: three ahead", kLongParts, {10, 4, false}, wait_for(10, 4)},
           {"long parts: four ahead", kLongParts, {10, 5, false}, far_part()},
           {"no parts: until the segment is complete", kNoParts, {10, 1, false}, wait_for(10)},
           {"no parts: it is", kNoParts, {9, 77, false}, respond()},
           {"the end: whatever is asked", kEnded, {99, 99, true}, respond()}}) {
    EXPECT_EQ(decide_reload(row.request, row.position), row.expected) << row.name;
  }
}

// Whoever waits is asked for again, until the playlist has it.
TEST(ReloadDecision, APartThatTheSegmentDoesNotGetIsTheNextSegmentsFirst) {
  testing::MadeTrack track;
  track.add_complete(1);
  track.add(2);
  const ReloadRequest request{1, 3, false};
  const auto decide = [&] {
    return decide_reload(request, playlist_position(track.segments(), milliseconds(500), false));
  };
  EXPECT_EQ(decide(), wait_for(1, 3));
  track.complete();
  EXPECT_EQ(decide(), wait_for(2, 0));
  track.add(1);
  EXPECT_EQ(decide(), respond());
}

TEST(ReloadDecision, AWaitIsBounded) { EXPECT_EQ(longest_reload_wait(seconds(2)), seconds(6)); }

}  // namespace
}  // namespace streamkit::hls
