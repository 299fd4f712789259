#include <streamkit/media/portable_float_map.hpp>

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>

namespace streamkit::media {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& header, std::size_t pixels) {
  std::vector<std::uint8_t> bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), 4 * pixels, 0);
  return bytes;
}

TEST(FloatMap, WhatIsPrintedIsParsedToTheSameBits) {
  const FloatMap map{3, 2, {1.5F, -0.0F, std::numeric_limits<float>::infinity(), 1e-40F, -7, 64}};
  const auto again = parse_float_map(print_float_map(map));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->width_px, 3);
  EXPECT_EQ(again->height_px, 2);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(again->values[i]),
              std::bit_cast<std::uint32_t>(map.values[i]));
  }
}

TEST(FloatMap, BeginsWithTheBottomRowAndIsOfEitherByteOrder) {
  std::vector<std::uint8_t> big = bytes_of("Pf 1 2 1\n", 0);
  big.insert(big.end(), {0x3F, 0x80, 0, 0, 0x40, 0, 0, 0});
  std::vector<std::uint8_t> little = bytes_of("Pf\n1\t2\r\n-1.0\n", 0);
  little.insert(little.end(), {0, 0, 0x80, 0x3F, 0, 0, 0, 0x40});
  for (const auto& bytes : {big, little}) {
    const auto map = parse_float_map(bytes);
    ASSERT_TRUE(map) << map.error().message;
    EXPECT_EQ(map->values, (std::vector<float>{2, 1}));
  }
}

TEST(FloatMap, RefusesWhatIsNoGreyMap) {
  const struct {
    std::vector<std::uint8_t> bytes;
    ErrorCode code;
  } rows[] = {
      {{}, ErrorCode::CorruptData},
      {bytes_of("P5\n2 2\n255\n", 4), ErrorCode::CorruptData},
      {bytes_of("PF\n2 2\n-1\n", 12), ErrorCode::Unsupported},
      {bytes_of("Pf\n2 2\n-1\n", 3), ErrorCode::CorruptData},
      {bytes_of("Pf\n2 2\n-1\n", 5), ErrorCode::CorruptData},
      {bytes_of("Pf\n0 2\n-1\n", 0), ErrorCode::CorruptData},
      {bytes_of("Pf\n-2 2\n-1\n", 4), ErrorCode::CorruptData},
      {bytes_of("Pf\n2x 2\n-1\n", 4), ErrorCode::CorruptData},
      {bytes_of("Pf\n2 2\n0\n", 4), ErrorCode::CorruptData},
      {bytes_of("Pf\n2 2\nnan\n", 4), ErrorCode::CorruptData},
      {bytes_of("Pf\n2 2\n", 0), ErrorCode::CorruptData},
      {bytes_of("Pf\n2 2\n-1", 0), ErrorCode::CorruptData},
      {bytes_of("Pf\n99999 2\n-1\n", 4), ErrorCode::Unsupported},
      {bytes_of("Pf\n99999999999999999999 2\n-1\n", 4), ErrorCode::CorruptData},
      {bytes_of("Pf\n" + std::string(500, '1') + " 2\n-1\n", 4), ErrorCode::CorruptData},
  };
  for (const auto& row : rows) {
    const auto map = parse_float_map(row.bytes);
    ASSERT_FALSE(map) << std::string(row.bytes.begin(), row.bytes.end());
    EXPECT_EQ(map.error().code, row.code) << map.error().message;
  }
}

}  // namespace
}  // namespace streamkit::media
