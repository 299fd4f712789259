#include "media/cmaf_cutting.hpp"

#include <gtest/gtest.h>

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Frames of a constant rate, whose times are rounded down to `unit`.
std::vector<MediaTime> times(FrameRate rate, int count, MediaTime unit = MediaTime{1}) {
  std::vector<MediaTime> all;
  for (int n = 0; n < count; ++n) all.push_back(rate.time_of(n) / unit * unit);
  return all;
}

TEST(CmafCutting, PartsAreTheNearestWholeNumberOfFrames) {
  struct Case {
    FrameRate rate;
    MediaTime part;
    int frames;
  };
  for (const Case& each :
       {Case{{30, 1}, milliseconds(500), 15}, Case{{60, 1}, milliseconds(500), 30},
        Case{{25, 1}, milliseconds(500), 13}, Case{{24, 1}, milliseconds(500), 12},
        Case{{30000, 1001}, milliseconds(500), 15}, Case{{24000, 1001}, milliseconds(500), 12},
        Case{{5, 1}, milliseconds(500), 2}, Case{{1, 1}, milliseconds(500), 1},
        Case{{30, 1}, milliseconds(200), 6}, Case{{25, 1}, milliseconds(200), 5},
        Case{{30, 1}, milliseconds(1000), 30}}) {
    const FramePace pace = pace_of(times(each.rate, 40), MediaTime{0});
    const MediaTime longest = longest_part(pace, each.part);
    const MediaTime exact = each.rate.time_of(each.frames);
    EXPECT_GE(longest, exact) << to_string(each.rate);
    EXPECT_LT(longest, exact + milliseconds(1)) << to_string(each.rate);
  }
}

TEST(CmafCutting, TimesInMillisecondsFitTheLongestPart) {
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{60, 1},
                               FrameRate{24000, 1001}, FrameRate{60000, 1001}}) {
    const auto stamps = times(rate, 400, milliseconds(1));
    const FramePace pace =
        pace_of(std::vector<MediaTime>(stamps.begin(), stamps.begin() + 16), MediaTime{0});
    const MediaTime longest = longest_part(pace, milliseconds(500));
    const auto frames = static_cast<std::size_t>(longest / rate.frame_duration());
    EXPECT_LE(longest, milliseconds(502));
    for (std::size_t i = 0; i + frames < stamps.size(); ++i) {
      EXPECT_LE(stamps[i + frames] - stamps[i], longest) << to_string(rate) << " at " << i;
    }
  }
}

TEST(CmafCutting, ThePaceLeavesOutMissingFrames) {
  auto stamps = times({30, 1}, 30);
  stamps.erase(stamps.begin() + 10, stamps.begin() + 14);
  EXPECT_EQ(pace_of(stamps, MediaTime{0}).frame_duration, (FrameRate{30, 1}).frame_duration());
  EXPECT_EQ(pace_of({MediaTime{5}}, milliseconds(40)).frame_duration, MediaTime(milliseconds(40)));
  const std::vector<MediaTime> backwards = {MediaTime{90}, MediaTime{60}, MediaTime{30}};
  EXPECT_EQ(pace_of(backwards, milliseconds(40)).frame_duration, MediaTime(milliseconds(40)));
  const std::vector<MediaTime> still(5, MediaTime{7});
  EXPECT_EQ(pace_of(still, milliseconds(40)).frame_duration, MediaTime(milliseconds(40)));
}

// As GStreamer's rtmp2sink begins.
TEST(CmafCutting, ThePaceLeavesOutFramesThatAreStampedLate) {
  auto stamps = times({30, 1}, 16);
  stamps[0] += milliseconds(13);
  stamps[2] += milliseconds(15);
  stamps[3] += milliseconds(12);
  const FramePace pace = pace_of(stamps, MediaTime{0});
  EXPECT_EQ(pace.frame_duration, (FrameRate{30, 1}).frame_duration());
  stamps[2] -= milliseconds(15);
  stamps[3] -= milliseconds(12);
  EXPECT_EQ(longest_part(pace_of(stamps, MediaTime{0}), milliseconds(500)), milliseconds(501));
}

TEST(CmafCutting, TheTargetFollowsTheKeyframes) {
  struct Case {
    MediaTime gop;
    MediaTime segment;
    std::int64_t target;
  };
  for (const Case& each :
       {Case{milliseconds(500), seconds(2), 2}, Case{milliseconds(1000), seconds(2), 2},
        Case{milliseconds(1001), seconds(2), 2}, Case{milliseconds(999), seconds(2), 2},
        Case{milliseconds(1500), seconds(2), 3}, Case{milliseconds(2000), seconds(2), 2},
        Case{milliseconds(2002), seconds(2), 2}, Case{milliseconds(2600), seconds(2), 3},
        Case{milliseconds(8333), seconds(2), 8}, Case{milliseconds(1000), seconds(1), 1},
        Case{milliseconds(400), milliseconds(500), 1}}) {
    TargetFinder finder(each.segment);
    for (int n = 0; n < 3; ++n) finder.keyframe(n * each.gop);
    EXPECT_EQ(finder.target().count(), each.target) << to_seconds(each.gop);
    EXPECT_EQ(finder.longest_gop(), each.gop);
  }
  EXPECT_EQ(TargetFinder(seconds(2)).target(), seconds(2)) << "nothing seen";
}

TEST(CmafCutting, SegmentsBeginAtTheFirstKeyframeAtOrAfterTheGrid) {
  struct Case {
    MediaTime gop;
    std::vector<int> cuts;  // the keyframes that begin segments
  };
  const MediaTime frame = (FrameRate{30, 1}).frame_duration();
  for (const Case& each :
       {Case{milliseconds(500), {0, 4, 8, 12}}, Case{seconds(1), {0, 2, 4, 6}},
        Case{milliseconds(1001), {0, 2, 4, 6}}, Case{milliseconds(1995), {0, 1, 2, 3}},
        Case{seconds(2), {0, 1, 2, 3}}, Case{milliseconds(1500), {0, 2, 3, 4}},
        Case{seconds(3), {0, 1, 2, 3}}}) {
    SegmentGrid grid(seconds(2));
    grid.begin(MediaTime{0}, frame);
    std::vector<int> cuts = {0};
    for (int n = 1; cuts.size() < 4; ++n) {
      if (!grid.is_due(n * each.gop)) continue;
      grid.begin(n * each.gop, frame);
      cuts.push_back(n);
    }
    EXPECT_EQ(cuts, each.cuts) << to_seconds(each.gop);
  }
}

}  // namespace
}  // namespace streamkit::media
