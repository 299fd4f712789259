#include "http/body_limits.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace streamkit::http {
namespace {

using Body = BodyLimits::Body;
using Limit = BodyLimits::Limit;

TEST(BodyLimitsTest, CountsBytesInMemoryAndTakesThemBack) {
  BodyLimits limits({.all = {.bytes = 100}});
  {
    Body first(limits);
    Body second(limits);
    EXPECT_EQ(first.begin("a", ""), Limit::None);
    EXPECT_EQ(second.begin("b", ""), Limit::None);
    EXPECT_EQ(first.hold(60), Limit::None);
    EXPECT_EQ(second.hold(41), Limit::All);
    EXPECT_EQ(second.hold(40), Limit::None);
    EXPECT_EQ(first.hold(61), Limit::All);
    EXPECT_EQ(first.hold(~std::uint64_t{0}), Limit::All);
    EXPECT_EQ(first.hold(10), Limit::None);
    EXPECT_EQ(second.hold(90), Limit::None);
    EXPECT_EQ(limits.used().bytes, 100u);
    EXPECT_EQ(limits.used().bodies, 2u);
  }
  EXPECT_EQ(limits.used().bytes, 0u);
  EXPECT_EQ(limits.used().bodies, 0u);
}

TEST(BodyLimitsTest, AClientCannotTakeTheShareOfOthers) {
  BodyLimits limits({.all = {3, 100}, .client = {2, 50}});
  Body first(limits);
  Body second(limits);
  Body third(limits);
  Body other(limits);
  EXPECT_EQ(first.begin("a", ""), Limit::None);
  EXPECT_EQ(second.begin("a", ""), Limit::None);
  EXPECT_EQ(third.begin("a", ""), Limit::Client);
  EXPECT_EQ(first.hold(30), Limit::None);
  EXPECT_EQ(second.hold(21), Limit::Client);
  EXPECT_EQ(other.begin("b", ""), Limit::None);
  EXPECT_EQ(other.hold(50), Limit::None);
  EXPECT_EQ(Body(limits).begin("c", ""), Limit::All);
}

TEST(BodyLimitsTest, ASenderHasAShareWhereverItSendsFrom) {
  BodyLimits limits({.sender = {2, 50}});
  auto first = std::make_unique<Body>(limits);
  Body second(limits);
  EXPECT_EQ(first->begin("a", "s"), Limit::None);
  EXPECT_EQ(second.begin("b", "s"), Limit::None);
  EXPECT_EQ(Body(limits).begin("c", "s"), Limit::Sender);
  EXPECT_EQ(Body(limits).begin("c", "t"), Limit::None);
  EXPECT_EQ(first->hold(50), Limit::None);
  EXPECT_EQ(second.hold(1), Limit::Sender);
  first.reset();
  EXPECT_EQ(second.hold(50), Limit::None);
  EXPECT_EQ(Body(limits).begin("a", "s"), Limit::None);
}

TEST(BodyLimitsTest, WhatIsRefusedTakesNothingAndNobodyIsNotCounted) {
  BodyLimits limits({.all = {0, 10}, .client = {1, 0}});
  Body first(limits);
  ASSERT_EQ(first.begin("a", "s"), Limit::None);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Body(limits).begin("a", "s"), Limit::Client);
  EXPECT_EQ(limits.used().bodies, 1u);
  std::vector<std::unique_ptr<Body>> loopback;
  for (int i = 0; i < 1000; ++i) {
    loopback.push_back(std::make_unique<Body>(limits));
    ASSERT_EQ(loopback.back()->begin("", ""), Limit::None);
  }
  EXPECT_EQ(limits.used().bodies, 1001u);
}

}  // namespace
}  // namespace streamkit::http
