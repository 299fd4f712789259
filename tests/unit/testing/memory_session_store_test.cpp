#include <gtest/gtest.h>

#include <streamkit/testing/conformance.hpp>
#include <streamkit/testing/memory_session_store.hpp>

namespace streamkit::testing {
namespace {

TEST(MemorySessionStore, ConformsToItsPort) {
  MemorySessionStore store;
  EXPECT_EQ(check_session_store(store), Violations{});
}

}  // namespace
}  // namespace streamkit::testing
