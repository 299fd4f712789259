#include <gtest/gtest.h>

#include <streamkit/testing/conformance.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_session_store.hpp>
#include <thread>

namespace streamkit::testing {
namespace {

TEST(MemorySessionStore, ConformsToItsPort) {
  MemorySessionStore store;
  EXPECT_EQ(check_session_store(store), Violations{});
  EXPECT_EQ(check_stream_records(store, store), Violations{});
  EXPECT_EQ(check_session_maintenance(store, store, store), Violations{});
}

TEST(MemorySessionStore, WaitsByTheClockOfItsContext) {
  FakeClock clock;
  MemorySessionStore store({.clock = &clock});
  Result<SessionChanges> changes = SessionChanges{};
  std::jthread waiting([&] { changes = store.changes(0, std::chrono::hours(1), {}); });
  clock.await_waiters(1);
  clock.advance(std::chrono::hours(1));
  waiting.join();
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->session_ids.empty());
}

TEST(MemorySessionStore, TellsOfVeryManyChangesInParts) {
  MemorySessionStore store;
  for (int i = 0; i < 1500; ++i) {
    ASSERT_TRUE(store.create({.id = "s" + std::to_string(i), .control_token = ""}));
  }
  const auto first = store.changes(0, {}, {});
  const auto second = store.changes(first->cursor, {}, {});
  EXPECT_EQ(first->session_ids.size(), 1000u);
  EXPECT_EQ(second->session_ids.size(), 500u);
}

}  // namespace
}  // namespace streamkit::testing
