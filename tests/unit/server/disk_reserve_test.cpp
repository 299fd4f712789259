#include "server/disk_reserve.hpp"

#include <gtest/gtest.h>

#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "server/reserving_object_store.hpp"

namespace streamkit::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DiskReserveTest : public ::testing::Test {
 protected:
  DiskReserve disk(std::uint64_t reserve) {
    return {[this] {
              ++measures_;
              return free_;
            },
            reserve,
            {.logger = &logger_, .clock = &clock_}};
  }

  std::optional<std::uint64_t> free_ = 1000;
  int measures_ = 0;
  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
};

TEST_F(DiskReserveTest, LeavesTheReserveFree) {
  auto reserve = disk(160);
  EXPECT_TRUE(reserve.has_room(840));
  EXPECT_FALSE(reserve.has_room(841));
  EXPECT_FALSE(reserve.has_room(~std::uint64_t{0}));
  EXPECT_TRUE(reserve.has_room(0));
  free_ = 160;
  clock_.advance(seconds(1));
  EXPECT_FALSE(reserve.has_room(0));
  EXPECT_TRUE(logger_.mentions("only its reserve left"));
}

TEST_F(DiskReserveTest, OneThatIsTooLargeDoesNotKeepOthersOut) {
  auto reserve = disk(160);
  EXPECT_FALSE(reserve.has_room(900));
  EXPECT_TRUE(reserve.has_room(800));
}

TEST_F(DiskReserveTest, CountsWhatIsWrittenBetweenTwoMeasures) {
  auto reserve = disk(100);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(reserve.take(100)) << i;
  EXPECT_FALSE(reserve.take(1));
  EXPECT_EQ(measures_, 1);
  clock_.advance(milliseconds(100));
  free_ = 1000;  // It was not written after all.
  EXPECT_TRUE(reserve.take(1));
  EXPECT_EQ(measures_, 2);
}

TEST_F(DiskReserveTest, OpensAgainOnlyWithSomeRoom) {
  auto reserve = disk(160);
  const auto at = [&](std::uint64_t free) {
    free_ = free;
    clock_.advance(seconds(1));
    return reserve.has_room(0);
  };
  EXPECT_TRUE(at(161));
  EXPECT_FALSE(at(160));
  EXPECT_FALSE(at(161));
  EXPECT_FALSE(at(170));
  EXPECT_TRUE(at(171));
  EXPECT_TRUE(at(161));
  EXPECT_TRUE(logger_.mentions("accepted again"));
}

TEST_F(DiskReserveTest, WithoutAReserveOrAMeasureThereIsRoom) {
  free_ = 0;
  EXPECT_TRUE(disk(0).has_room(1));
  EXPECT_EQ(measures_, 0);
  free_.reset();
  EXPECT_TRUE(disk(100).take(1));
  EXPECT_TRUE(DiskReserve({}, 100, {}).take(1));
  EXPECT_FALSE(free_bytes_of({}));
  EXPECT_GT(*free_bytes_of("/")(), 0u);
  EXPECT_FALSE(free_bytes_of("/no/such/folder")());
}

TEST_F(DiskReserveTest, AStoreOverItRejectsWritesOnly) {
  auto reserve = disk(100);
  testing::MemoryObjectStore inner;
  ReservingObjectStore store(inner, reserve);
  const Bytes bytes(200, 1);
  ASSERT_TRUE(store.put("a", bytes, {}, {}));
  auto upload = store.begin_put("b", {}, {});
  ASSERT_TRUE(upload);
  EXPECT_TRUE((*upload)->append(bytes, {}));
  free_ = 250;
  clock_.advance(seconds(1));
  EXPECT_EQ((*upload)->append(bytes, {}).error().code, ErrorCode::RateLimited);
  EXPECT_EQ((*upload)->append({}, {}).error().code, ErrorCode::RateLimited);
  EXPECT_EQ((*upload)->commit({}).error().code, ErrorCode::RateLimited);
  EXPECT_EQ(store.put("c", bytes, {}, {}).error().code, ErrorCode::RateLimited);
  free_ = 50;
  clock_.advance(seconds(1));
  EXPECT_EQ(store.begin_put("d", {}, {}).error().code, ErrorCode::RateLimited);
  EXPECT_EQ(store.list("", "", 10, {})->size(), 1u);
  EXPECT_TRUE(store.get("a", {}));
  EXPECT_TRUE(store.head("a", {}));
  EXPECT_TRUE(store.open("a", {}));
  EXPECT_TRUE(store.remove("a", {}));
}

}  // namespace
}  // namespace streamkit::server
