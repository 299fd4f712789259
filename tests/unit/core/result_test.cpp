#include <gtest/gtest.h>

#include <memory>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit {
namespace {

struct Base {
  virtual ~Base() = default;
  [[nodiscard]] virtual int number() const { return 1; }
};
struct Derived final : Base {
  [[nodiscard]] int number() const override { return 2; }
};

const Error kFailure{ErrorCode::Timeout, "no answer", "http", 504};

TEST(Result, HoldsAValue) {
  Result<std::string> result = std::string("text");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(*result, "text");
  EXPECT_EQ(result->size(), 4U);
  EXPECT_EQ(result.value(), "text");
  *result += "s";
  EXPECT_EQ(*result, "texts");
}

TEST(Result, HoldsAnError) {
  const Result<int> result = kFailure;
  ASSERT_FALSE(result);
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), kFailure);
}

TEST(Result, ValueThrowsTheErrorWhenThereIsNone) {
  const Result<int> result = kFailure;
  try {
    static_cast<void>(result.value());
    FAIL() << "did not throw";
  } catch (const BadResultAccess& caught) {
    EXPECT_EQ(caught.error(), kFailure);
    EXPECT_STREQ(caught.what(), "no answer [http 504]");
  }
}

TEST(Result, MovesAMoveOnlyValueInAndOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  ASSERT_TRUE(result);
  Result<std::unique_ptr<int>> moved = std::move(result);
  const std::unique_ptr<int> taken = *std::move(moved);
  EXPECT_EQ(*taken, 5);
  const std::unique_ptr<int> second =
      Result<std::unique_ptr<int>>(std::make_unique<int>(6)).value();
  EXPECT_EQ(*second, 6);
}

TEST(Result, TakesWhatConvertsToItsValue) {
  const auto make = []() -> Result<std::unique_ptr<Base>> { return std::make_unique<Derived>(); };
  const auto name = []() -> Result<std::string> { return "literal"; };
  EXPECT_EQ((*make())->number(), 2);
  EXPECT_EQ(*name(), "literal");
}

TEST(Result, RefusesWhatDoesNotConvert) {
  static_assert(!std::is_constructible_v<Result<std::string>, std::vector<int>>);
  static_assert(!std::is_convertible_v<Result<int>, bool>, "only an explicit test reads as bool");
  static_assert(!std::is_constructible_v<Result<std::unique_ptr<Derived>>, std::unique_ptr<Base>>);
}

TEST(Result, GivesTheFallbackOnlyForAnError) {
  EXPECT_EQ(Result<int>(3).value_or(7), 3);
  EXPECT_EQ(Result<int>(kFailure).value_or(7), 7);
  EXPECT_EQ(Result<std::string>(kFailure).value_or("none"), "none");
}

TEST(Result, CopiesIndependently) {
  Result<std::string> first = std::string("a");
  Result<std::string> second = first;
  *second = "b";
  EXPECT_EQ(*first, "a");
  second = kFailure;
  EXPECT_FALSE(second);
  EXPECT_TRUE(first);
}

TEST(ResultOfVoid, IsSuccessByDefault) {
  const Result<void> result;
  EXPECT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_NO_THROW(result.value());
}

TEST(ResultOfVoid, HoldsAnError) {
  const Result<void> result = kFailure;
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error(), kFailure);
  EXPECT_THROW(result.value(), BadResultAccess);
}

TEST(ResultOfVoid, PassesAnErrorOnFromAnotherResult) {
  const auto inner = []() -> Result<int> { return kFailure; };
  const auto outer = [&]() -> Result<void> {
    if (const auto value = inner(); !value) return value.error().with_context("outer");
    return {};
  };
  EXPECT_EQ(outer().error().message, "outer: no answer");
}

}  // namespace
}  // namespace streamkit
