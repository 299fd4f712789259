#include "server/session_quota.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_object_store.hpp>

namespace streamkit::server {
namespace {

class SessionQuotaTest : public ::testing::Test {
 protected:
  void put(std::uint64_t index, std::size_t bytes, const std::string& session = "s") {
    const auto key = to_string(StreamInputKey{session, index});
    ASSERT_TRUE(objects_.put(key, Bytes(bytes, 1), {}, {}));
    quota_.add(session, bytes);
  }
  Result<std::shared_ptr<const void>> reserve(std::uint64_t bytes, std::uint64_t index = 0,
                                              const std::string& session = "s") {
    return quota_.reserve({session, index}, bytes);
  }

  testing::FakeClock clock_;
  testing::MemoryObjectStore objects_{{.clock = &clock_}};
  SessionQuota quota_{objects_, {.max_bytes = 1000, .max_chunks = 10}, {.clock = &clock_}};
};

TEST_F(SessionQuotaTest, CountsWhatIsStoredAndWhatIsUnderWay) {
  put(0, 300);
  auto first = reserve(400);
  ASSERT_TRUE(first);
  EXPECT_EQ(reserve(301).error().code, ErrorCode::ResourceExhausted);
  EXPECT_TRUE(reserve(300));
  first = std::shared_ptr<const void>();
  auto second = reserve(700);
  ASSERT_TRUE(second);
  put(1, 700);
  second = std::shared_ptr<const void>();
  const auto full = reserve(1);
  ASSERT_FALSE(full);
  EXPECT_TRUE(full.error().domain.empty());
  EXPECT_NE(full.error().message.find("create another"), std::string::npos);
  EXPECT_TRUE(reserve(0));
  EXPECT_TRUE(reserve(1000, 0, "other"));
}

TEST_F(SessionQuotaTest, AChunkThatIsStoredAgainCountsOnceInTheEnd) {
  ASSERT_TRUE(reserve(0));
  for (int i = 0; i < 3; ++i) put(0, 400);
  EXPECT_FALSE(reserve(500));
  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(reserve(500));
}

TEST_F(SessionQuotaTest, ReadsTheStoreSeldomForAFullSession) {
  put(0, 1000);
  EXPECT_FALSE(reserve(1));
  ASSERT_TRUE(objects_.remove(to_string(StreamInputKey{"s", 0}), {}));
  EXPECT_FALSE(reserve(1));
  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(reserve(1));
}

TEST_F(SessionQuotaTest, BoundsTheIndexes) {
  EXPECT_TRUE(reserve(1, 9));
  EXPECT_EQ(reserve(1, 10).error().code, ErrorCode::ResourceExhausted);
  EXPECT_EQ(reserve(1, ~std::uint64_t{0}).error().code, ErrorCode::ResourceExhausted);
}

TEST_F(SessionQuotaTest, WhatIsForgottenIsReadAgain) {
  put(0, 800);
  EXPECT_FALSE(reserve(300));
  const auto held = reserve(100);
  quota_.forget("s");  // Not while something is reserved.
  EXPECT_FALSE(reserve(101));
  quota_.forget("unknown");
}

TEST_F(SessionQuotaTest, ZeroIsNoLimit) {
  SessionQuota none(objects_, {}, {.clock = &clock_});
  EXPECT_TRUE(none.reserve({"s", ~std::uint64_t{0}}, ~std::uint64_t{0}));
}

}  // namespace
}  // namespace streamkit::server
