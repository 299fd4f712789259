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
    EXPECT_STREQ(caught.what(), "Timeout: no answer [http 504]");
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

TEST(Result, MovesItsErrorOut) {
  Result<int> result = kFailure;
  const Error moved = std::move(result).error();
  EXPECT_EQ(moved, kFailure);
  static_assert(std::is_same_v<decltype(std::declval<Result<int>>().error()), Error&&>);
  static_assert(std::is_same_v<decltype(std::declval<Result<int>&>().error()), const Error&>);
}

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error{ErrorCode::InvalidArgument, "odd"};
  return number / 2;
}

TEST(Result, ChainsFunctionsThatCanFail) {
  EXPECT_EQ(*Result<int>(8).and_then(half_of).and_then(half_of), 2);
  EXPECT_EQ(Result<int>(6).and_then(half_of).and_then(half_of).error().message, "odd");
  const Result<std::string> text = Result<int>(4).and_then(
      [](int number) -> Result<std::string> { return std::string(number, 'x'); });
  EXPECT_EQ(*text, "xxxx");
}

TEST(Result, ChainsNothingBehindAnError) {
  int calls = 0;
  const auto counts = [&](int) -> Result<void> {
    ++calls;
    return {};
  };
  const Result<int> failed = kFailure;
  EXPECT_EQ(failed.and_then(counts).error(), kFailure);
  EXPECT_EQ(Result<int>(kFailure).and_then(counts).error(), kFailure);
  EXPECT_EQ(failed.transform([&](int) { ++calls; }).error(), kFailure);
  EXPECT_EQ(Result<int>(kFailure).transform([&](int number) { return number + ++calls; }).error(),
            kFailure);
  EXPECT_EQ(calls, 0);
}

TEST(Result, TransformsItsValueToAnotherType) {
  const auto length = Result<std::string>("four").transform(&std::string::size);
  static_assert(std::is_same_v<decltype(length), const Result<std::size_t>>);
  EXPECT_EQ(*length, 4U);
  std::string seen;
  const Result<void> nothing =
      Result<std::string>("text").transform([&](const std::string& text) { seen = text; });
  EXPECT_TRUE(nothing);
  EXPECT_EQ(seen, "text");
}

TEST(Result, ChangesItsValueInPlaceAndMovesItOnlyFromATemporary) {
  Result<std::string> result = "a";
  const auto appended = result.transform([](std::string& text) { return (text += "b").size(); });
  EXPECT_EQ(*appended, 2U);
  EXPECT_EQ(*result, "ab");
  const Result<std::unique_ptr<int>> taken =
      Result<std::unique_ptr<int>>(std::make_unique<int>(5))
          .and_then([](std::unique_ptr<int> number) -> Result<std::unique_ptr<int>> {
            ++*number;
            return number;
          });
  EXPECT_EQ(**taken, 6);
  const Result<std::string> constant = "c";
  EXPECT_EQ(*constant.and_then([](const std::string& text) -> Result<std::string> { return text; }),
            "c");
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

TEST(ResultOfVoid, ChainsFunctionsWithoutAnArgument) {
  const Result<void> done;
  EXPECT_EQ(*done.and_then([]() -> Result<int> { return 3; }), 3);
  EXPECT_EQ(*done.transform([] { return 4; }), 4);
  int calls = 0;
  EXPECT_TRUE(Result<void>().transform([&] { ++calls; }));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Result<void>(kFailure).and_then([&]() -> Result<int> { return ++calls; }).error(),
            kFailure);
  const Result<void> failed = kFailure;
  EXPECT_EQ(failed.transform([&] { return ++calls; }).error(), kFailure);
  EXPECT_EQ(calls, 1);
  Error moved = Result<void>(kFailure).error();
  EXPECT_EQ(moved, kFailure);
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
