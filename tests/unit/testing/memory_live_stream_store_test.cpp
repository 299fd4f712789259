#include <streamkit/testing/memory_live_stream_store.hpp>

#include <gtest/gtest.h>

#include <streamkit/testing/conformance.hpp>

namespace streamkit::testing {
namespace {

TEST(MemoryLiveStreamStore, ConformsToItsPort) {
  MemorySessionStore sessions;
  MemoryLiveStreamStore streams(sessions);
  EXPECT_EQ(check_live_stream_store(streams, sessions), Violations{});
}

}  // namespace
}  // namespace streamkit::testing
