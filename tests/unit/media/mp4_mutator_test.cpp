#include "fuzz/mp4_mutator.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <streamkit/media/media_file.hpp>

#include "fuzz/mp4_boxes.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64 * 1024;

// In place of libFuzzer's.
std::size_t flip_first(std::uint8_t* data, std::size_t size, std::size_t /*most_bytes*/) {
  if (size > 0) data[0] ^= 0xFF;
  return size;
}

class Mp4Mutator : public ::testing::Test {
 protected:
  static Bytes plain_file() {
    const fs::path path =
        fs::temp_directory_path() / ("streamkit-mutator-" + std::to_string(::getpid()) + ".mp4");
    media::write_video_file(path, 6, 0);
    std::ifstream file(path, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(file), {});
    fs::remove(path);
    return bytes;
  }

  const Bytes plain_ = plain_file();
};

TEST_F(Mp4Mutator, TakesAFileApartAndPutsItTogether) {
  ASSERT_TRUE(is_mp4(plain_));
  const auto boxes = parse_mp4(plain_);
  const auto moov = std::ranges::find(boxes, "moov", &Mp4Box::name);
  ASSERT_NE(moov, boxes.end());
  EXPECT_GE(moov->children.size(), 3u);
  EXPECT_EQ(print_mp4(boxes), plain_);
}

TEST_F(Mp4Mutator, PutsDamagedFilesTogetherAsTheyWere) {
  for (std::size_t at = 0; at + 4 <= plain_.size(); at += 7) {
    Bytes damaged = plain_;
    write_u32(damaged, at, static_cast<std::uint32_t>(at * 2654435761U));
    EXPECT_EQ(print_mp4(parse_mp4(damaged)), damaged) << at;
    damaged.resize(at);
    EXPECT_EQ(print_mp4(parse_mp4(damaged)), damaged) << at;
  }
}

TEST_F(Mp4Mutator, MediaDataIsFoundBehindABoxThatGrew) {
  auto boxes = parse_mp4(plain_);
  Mp4Box more;
  more.type = {'f', 'r', 'e', 'e'};
  more.fields.assign(100, 0);
  boxes.insert(boxes.begin() + 1, more);
  follow_media_data(boxes);
  EXPECT_EQ(media::read_all(print_mp4(boxes)).pictures.size(), 6u);
}

TEST_F(Mp4Mutator, TheSameSeedMakesTheSameChange) {
  EXPECT_EQ(mutate_mp4(plain_, kMostBytes, 7, flip_first),
            mutate_mp4(plain_, kMostBytes, 7, flip_first));
}

TEST_F(Mp4Mutator, ChangesDifferAndMostFilesStillHaveTheirBoxes) {
  constexpr std::uint64_t kSeeds = 400;
  std::set<Bytes> changed;
  std::size_t with_index = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Bytes file = mutate_mp4(plain_, kMostBytes, seed, flip_first);
    ASSERT_LE(file.size(), kMostBytes);
    const auto boxes = parse_mp4(file);
    EXPECT_EQ(print_mp4(boxes), file);
    with_index += std::ranges::count(boxes, "moov", &Mp4Box::name) > 0;
    changed.insert(std::move(file));
  }
  EXPECT_GT(changed.size(), kSeeds * 3 / 4);
  EXPECT_GT(with_index, kSeeds * 3 / 4);
}

TEST_F(Mp4Mutator, StaysWithinItsBound) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_LE(mutate_mp4(plain_, plain_.size(), seed, flip_first).size(), plain_.size());
  }
}

TEST_F(Mp4Mutator, AnotherContainerIsMutatedPlainly) {
  const Bytes other = {0x47, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  Bytes flipped = other;
  flipped[0] ^= 0xFF;
  EXPECT_EQ(mutate_mp4(other, kMostBytes, 1, flip_first), flipped);
}

}  // namespace
}  // namespace streamkit::fuzz
