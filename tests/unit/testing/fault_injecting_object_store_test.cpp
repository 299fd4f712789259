#include <gtest/gtest.h>

#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <thread>

namespace streamkit::testing {
namespace {

const Error kDown{ErrorCode::Unavailable, "down"};
const Bytes kBody = {1, 2, 3};

class FaultInjecting : public ::testing::Test {
 protected:
  Result<void> put(const std::string& key, std::stop_token stop = {}) {
    return store_.put(key, kBody, {}, stop);
  }
  bool is_stored(const std::string& key) { return inner_.get(key, {}).has_value(); }

  MemoryObjectStore inner_;
  FaultInjectingObjectStore store_{inner_};
};

TEST_F(FaultInjecting, PassesEverythingOnUntilTold) {
  ASSERT_TRUE(put("a"));
  EXPECT_EQ(*store_.get("a", {}), kBody);
  EXPECT_EQ(store_.head("a", {})->size_bytes, 3u);
  EXPECT_EQ(store_.list("", "", 10, {})->size(), 1u);
  ASSERT_TRUE(store_.remove("a", {}));
  EXPECT_FALSE(is_stored("a"));
  for (const auto call :
       {ObjectCall::Put, ObjectCall::Get, ObjectCall::Head, ObjectCall::List, ObjectCall::Remove}) {
    EXPECT_EQ(store_.calls(call), 1u);
  }
}

TEST_F(FaultInjecting, FailsOpeningAndReadingAsTold) {
  ASSERT_TRUE(put("a"));
  store_.script(ObjectCall::Open, {kDown});
  EXPECT_EQ(store_.open("a", {}).error(), kDown);
  const auto reader = store_.open("a", {});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->descriptor(), -1);
  store_.script(ObjectCall::Read, {kDown});
  Bytes room(10);
  EXPECT_EQ((*reader)->read(0, room, {}).error(), kDown);
  EXPECT_EQ(*(*reader)->read(1, room, {}), 2u);
  EXPECT_EQ(room[0], 2);
  EXPECT_EQ(store_.calls(ObjectCall::Open), 2u);
  EXPECT_EQ(store_.calls(ObjectCall::Read), 2u);
}

TEST_F(FaultInjecting, FailsPiecesAndCommitsOfAnUploadAsTold) {
  store_.script(ObjectCall::Append, {std::nullopt, kDown});
  store_.script(ObjectCall::Put, {kDown});
  const auto upload = store_.begin_put("a", {}, {});
  ASSERT_TRUE(upload);
  EXPECT_TRUE((*upload)->append(kBody, {}));
  EXPECT_EQ((*upload)->append(kBody, {}).error(), kDown);
  EXPECT_EQ((*upload)->commit({}).error(), kDown);
  EXPECT_FALSE(is_stored("a"));
  EXPECT_EQ(store_.calls(ObjectCall::Append), 2u);
  EXPECT_EQ(store_.put_keys(), std::vector<std::string>{"a"});
}

TEST_F(FaultInjecting, FollowsItsScriptThenPasses) {
  store_.script(ObjectCall::Put, {kDown, std::nullopt, kDown});
  EXPECT_EQ(put("a").error(), kDown);
  EXPECT_FALSE(is_stored("a"));
  EXPECT_TRUE(put("a"));
  EXPECT_FALSE(put("b"));
  EXPECT_TRUE(put("b"));
  EXPECT_EQ(store_.put_keys(), (std::vector<std::string>{"a", "a", "b", "b"}));
}

TEST_F(FaultInjecting, ScriptsEachKindOfCallApart) {
  store_.script(ObjectCall::Get, {kDown});
  EXPECT_TRUE(put("a"));
  EXPECT_EQ(store_.get("a", {}).error(), kDown);
  EXPECT_TRUE(store_.get("a", {}));
}

TEST_F(FaultInjecting, AsksItsRuleWithKeyAndNumber) {
  store_.fail_when([](ObjectCall call, std::string_view key, std::uint64_t nth) {
    const bool fails = call == ObjectCall::Put && key == "b" && nth == 1;
    return fails ? std::optional(kDown) : std::nullopt;
  });
  EXPECT_TRUE(put("a"));
  EXPECT_FALSE(put("b"));
  EXPECT_TRUE(put("b"));
  store_.fail_when({});
  EXPECT_TRUE(put("b"));
}

TEST_F(FaultInjecting, HoldsPutsUntilReleasedInOrder) {
  store_.hold_puts();
  std::jthread first([&] { EXPECT_TRUE(put("first")); });
  store_.await_held_puts(1);
  std::jthread second([&] { EXPECT_TRUE(put("second")); });
  store_.await_held_puts(2);
  EXPECT_FALSE(is_stored("first"));
  store_.release_one_put();
  first.join();
  EXPECT_TRUE(is_stored("first"));
  EXPECT_FALSE(is_stored("second"));
  EXPECT_EQ(store_.calls(ObjectCall::Put), 2u);
  store_.release_puts();
  second.join();
  EXPECT_TRUE(is_stored("second"));
  EXPECT_TRUE(put("third"));
}

TEST_F(FaultInjecting, EndsAHeldPutWhenStopped) {
  store_.hold_puts();
  Result<void> outcome;
  std::jthread held([&](std::stop_token stop) { outcome = put("a", stop); });
  store_.await_held_puts(1);
  held.request_stop();
  held.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Cancelled);
  EXPECT_FALSE(is_stored("a"));
}

}  // namespace
}  // namespace streamkit::testing
