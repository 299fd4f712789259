#include <streamkit/core/resource_policy.hpp>

#include <gtest/gtest.h>

#include <new>
#include <set>
#include <stdexcept>
#include <streamkit/core/contained.hpp>

namespace streamkit {
namespace {

using std::chrono::seconds;

TEST(ResourcePolicy, AnErrorNamesItsLimit) {
  std::set<std::string_view> names;
  for (const Limit limit : kLimits) {
    names.insert(to_string(limit));
    const Error error = limit_exceeded(limit, "too much");
    EXPECT_EQ(exceeded_limit(error), limit);
    EXPECT_EQ(exceeded_limit(error.with_context("chunk")), limit);
    EXPECT_FALSE(error.retryable());
  }
  EXPECT_EQ(names.size(), kLimits.size());
  EXPECT_EQ(to_string(limit_exceeded(Limit::FrameRate, "480 of at most 240")),
            "Unsupported: 480 of at most 240 [limit.frame_rate 1]");
  EXPECT_FALSE(exceeded_limit({ErrorCode::Unsupported, "a codec"}));
  EXPECT_FALSE(exceeded_limit({ErrorCode::Unsupported, "a codec", "limit.other", 1}));
}

TEST(ResourcePolicy, TheLongestChunkFollowsFromTheNominalLength) {
  EXPECT_EQ(longest_chunk({}, seconds(5)), MediaTime(seconds(12)));
  ResourcePolicy policy;
  policy.chunk_lengths = 1.5;
  policy.extra_duration = seconds(0);
  EXPECT_EQ(longest_chunk(policy, seconds(4)), MediaTime(seconds(6)));
  EXPECT_EQ(exceeded_limit(chunk_too_long(policy, seconds(4))), Limit::Duration);
}

TEST(Contained, ExceptionsAreErrors) {
  const auto code_of = [](auto thrown) {
    const auto done = contained([&]() -> Result<int> { throw thrown; });
    return done ? ErrorCode::InvalidArgument : done.error().code;
  };
  EXPECT_EQ(code_of(std::bad_alloc()), ErrorCode::ResourceExhausted);
  EXPECT_EQ(code_of(std::length_error("vector")), ErrorCode::ResourceExhausted);
  EXPECT_EQ(code_of(std::out_of_range("at")), ErrorCode::Internal);
  EXPECT_EQ(code_of(7), ErrorCode::Internal);
  EXPECT_EQ(*contained([] { return Result<int>(3); }), 3);
}

}  // namespace
}  // namespace streamkit
