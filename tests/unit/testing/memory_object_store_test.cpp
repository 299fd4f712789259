#include <gtest/gtest.h>

#include <streamkit/testing/conformance.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_object_store.hpp>

namespace streamkit::testing {
namespace {

TEST(MemoryObjectStore, ConformsToItsPort) {
  MemoryObjectStore store;
  EXPECT_EQ(check_object_store(store), Violations{});
}

TEST(MemoryObjectStore, TakesTimesFromTheContext) {
  FakeClock clock;
  MemoryObjectStore store({.clock = &clock});
  clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(store.put("a", {}, {}, {}));
  EXPECT_EQ(store.head("a", {})->modified, clock.system_now());
}

TEST(MemoryObjectStore, TellsTheContentType) {
  MemoryObjectStore store;
  ASSERT_TRUE(store.put("a", {}, {.content_type = "text/plain"}, {}));
  EXPECT_EQ(store.content_type_of("a"), "text/plain");
  EXPECT_EQ(store.content_type_of("b"), "");
}

}  // namespace
}  // namespace streamkit::testing
