#include "stereo/row_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace streamkit::stereo {
namespace {

TEST(RowPool, ThrowsWhatABandThrewWhenAllAreDone) {
  RowPool pool(3);
  for (int failing = 0; failing < 3; ++failing) {
    std::atomic<int> done = 0;
    EXPECT_THROW(pool.run([&](int band) {
      if (band == failing) throw std::runtime_error("band");
      ++done;
    }),
                 std::runtime_error);
    EXPECT_EQ(done, 2);
  }
  std::atomic<int> done = 0;
  pool.run([&](int) { ++done; });
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace streamkit::stereo
