#include "quality/judged_pairs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace streamkit::quality {
namespace {

TEST(JudgedPairs, TheTwentyMoreHavePlacesOfTheFrameAndSayWhatTheyShow) {
  const auto pairs =
      read_judged_pairs(std::filesystem::path(STREAMKIT_QUALITY_DIR) / "more_pairs.json");
  ASSERT_TRUE(pairs) << pairs.error().message;
  EXPECT_EQ(pairs->size(), 20U);
  int as_high = 0;
  std::set<std::string> reasons;
  for (const JudgedPair& pair : *pairs) {
    for (const JudgedPlace place : {pair.near, pair.far}) {
      EXPECT_TRUE(place.x > 0.01 && place.x < 0.99 && place.y > 0.01 && place.y < 0.99) << pair.why;
    }
    EXPECT_FALSE(pair.why.empty());
    EXPECT_GE(pair.seconds, 0);
    as_high += pair.near.y <= pair.far.y;
    reasons.insert(pair.why);
  }
  // "Lower is nearer" must not answer them.
  EXPECT_GE(as_high, 14);
  EXPECT_EQ(reasons.size(), pairs->size());
}

TEST(JudgedPairs, PairsOfOneClipFollowEachOtherInTime) {
  const auto pairs =
      read_judged_pairs(std::filesystem::path(STREAMKIT_QUALITY_DIR) / "more_pairs.json");
  ASSERT_TRUE(pairs) << pairs.error().message;
  std::set<std::string> finished;
  for (std::size_t i = 1; i < pairs->size(); ++i) {
    const JudgedPair& before = (*pairs)[i - 1];
    const JudgedPair& pair = (*pairs)[i];
    if (pair.clip == before.clip) {
      EXPECT_GE(pair.seconds, before.seconds) << pair.why;
    } else {
      finished.insert(before.clip);
    }
    EXPECT_FALSE(finished.contains(pair.clip)) << pair.why;
  }
}

TEST(JudgedPairs, AFileThatIsMissingIsNamed) {
  const auto pairs = read_judged_pairs("/no/such/pairs.json");
  ASSERT_FALSE(pairs);
  EXPECT_EQ(pairs.error().code, ErrorCode::NotFound);
  EXPECT_NE(pairs.error().message.find("/no/such/pairs.json"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::quality
