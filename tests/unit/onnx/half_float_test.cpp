#include "onnx/half_float.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace streamkit::onnx {
namespace {

// Values from IEEE 754-2008, section 3.6, table 3.5.
TEST(HalfFloat, KnownNumbersBothWays) {
  constexpr std::pair<float, std::uint16_t> kKnown[] = {
      {0.0F, 0x0000},       {-0.0F, 0x8000},          {1.0F, 0x3C00},     {-2.0F, 0xC000},
      {0.5F, 0x3800},       {65504.0F, 0x7BFF},       {0x1p-14F, 0x0400}, {0x1p-24F, 0x0001},
      {0x3FFp-24F, 0x03FF}, {0.333251953125F, 0x3555}};
  for (const auto& [value, bits] : kKnown) {
    EXPECT_EQ(to_half(value), bits) << value;
    EXPECT_EQ(from_half(bits), value) << bits;
  }
}

TEST(HalfFloat, EveryNumberComesBack) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const float value = from_half(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    EXPECT_EQ(to_half(value), bits);
  }
}

TEST(HalfFloat, RoundsToNearestTiesToEven) {
  EXPECT_EQ(to_half(1.0F + 0x1p-11F), 0x3C00);
  EXPECT_EQ(to_half(1.0F + 0x3p-11F), 0x3C02);
  EXPECT_EQ(to_half(2.0F - 0x1p-12F), 0x4000);
  EXPECT_EQ(to_half(0x1p-25F), 0x0000);
}

TEST(HalfFloat, TooLargeIsInfiniteAndNanStaysNan) {
  EXPECT_EQ(to_half(65520.0F), 0x7C00);
  EXPECT_EQ(to_half(-std::numeric_limits<float>::infinity()), 0xFC00);
  EXPECT_TRUE(std::isinf(from_half(0x7C00)));
  EXPECT_TRUE(std::isnan(from_half(to_half(std::nanf("")))));
}

}  // namespace
}  // namespace streamkit::onnx
