#include "stereo/row_sampler.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "stereo/row_warp.hpp"

namespace streamkit::stereo {
namespace {

TEST(RowSampler, ReadsPixelsExactlyAndLinesBetween) {
  const std::uint8_t row[] = {10, 20, 30, 40, 50, 60};
  for (int x = 0; x < 6; ++x) EXPECT_EQ(sample_at(row, 5, x * kSubpixel), row[x]);
  for (int step = kSubpixel; step < 4 * kSubpixel; ++step) {
    EXPECT_NEAR(sample_at(row, 5, step), 10 + 10.0 * step / kSubpixel, 0.6) << step;
  }
}

TEST(RowSampler, StaysWithinBlackAndWhite) {
  const std::uint8_t row[] = {0, 255, 255, 0, 0, 255};
  for (int step = 0; step <= 5 * kSubpixel; ++step) {
    const int value = sample_at(row, 5, step);
    EXPECT_GE(value, 0);
    EXPECT_LE(value, 255);
  }
  EXPECT_EQ(sample_at(row, 5, kSubpixel * 3 / 2), 255);  // bent beyond, and held
}

// The blocks that the processor's widest registers take against the plain loop, bit for bit.
template <typename Sample>
void compare_rows() {
  std::mt19937 random(1);
  for (const int width : {1, 2, 31, 32, 33, 64, 100, 511, 1920}) {
    std::vector<Sample> row(static_cast<std::size_t>(width));
    for (auto& pixel : row) {
      pixel = static_cast<Sample>(random() % 3 == 0 ? kLargest<Sample> * (random() % 2)
                                                    : random() % (kLargest<Sample> + 1));
    }
    const std::int32_t last = (width - 1) * kSubpixel;
    for (const int jump : {1, 50, 1'000'000}) {  // of columns: how often the shift leaps
      std::vector<std::int32_t> sources(static_cast<std::size_t>(width));
      std::int32_t shift = 0;
      for (int x = 0; x < width; ++x) {
        if (random() % static_cast<unsigned>(jump) == 0) {
          shift = static_cast<std::int32_t>(random() % 8000) - 4000;
        }
        shift += static_cast<std::int32_t>(random() % 5) - 2;
        sources[static_cast<std::size_t>(x)] = std::clamp(x * kSubpixel + shift, 0, last);
      }
      std::vector<Sample> made(row.size());
      RowSampler sampler;
      sampler.plan(sources, width - 1);
      sampler.sample(row.data(), made.data());
      for (std::size_t x = 0; x < made.size(); ++x) {
        ASSERT_EQ(made[x], sample_at(row.data(), width - 1, sources[x])) << width << " " << x;
      }
    }
  }
}

TEST(RowSampler, AWholeRowIsTheSameAsItsPixels) {
  compare_rows<std::uint8_t>();
  compare_rows<std::uint16_t>();
}

}  // namespace
}  // namespace streamkit::stereo
