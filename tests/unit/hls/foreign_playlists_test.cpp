#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/hls/media_playlist.hpp>

namespace streamkit::hls {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> playlists_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".m3u8") found.push_back(entry.path());
  }
  return found;
}

// Playlists of other projects, right and wrong ones: each parses or is refused with a reason.
TEST(ForeignPlaylists, WhatParsesSurvivesWritingAndParsing) {
  const char* data = std::getenv("STREAMKIT_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "STREAMKIT_TEST_DATA is not set";
  const auto folder = std::filesystem::path(data) / "hls";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << folder << " is no folder";

  int parsed_count = 0;
  int refused_count = 0;
  for (const auto& path : playlists_below(folder)) {
    const auto parsed = parse_media_playlist(read_file(path));
    if (!parsed) {
      ++refused_count;
      EXPECT_FALSE(parsed.error().message.empty()) << path;
      continue;
    }
    ++parsed_count;
    const std::string canonical = write_media_playlist(*parsed);
    const auto again = parse_media_playlist(canonical);
    ASSERT_TRUE(again) << path << ": " << to_string(again.error());
    EXPECT_EQ(*again, *parsed) << path;
    EXPECT_EQ(write_media_playlist(*again), canonical) << path;
  }
  RecordProperty("parsed", parsed_count);
  RecordProperty("refused", refused_count);
  EXPECT_GT(parsed_count, 0) << "no playlist below " << folder << " parses";
}

}  // namespace
}  // namespace streamkit::hls
