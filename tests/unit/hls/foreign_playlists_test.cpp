#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/multivariant_playlist.hpp>

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

// Where the playlists of other projects are, right and wrong ones; empty without them.
std::filesystem::path foreign_folder() {
  const char* data = std::getenv("STREAMKIT_TEST_DATA");
  const auto folder = std::filesystem::path(data == nullptr ? "" : data) / "hls";
  return data != nullptr && std::filesystem::is_directory(folder) ? folder : "";
}

// Each playlist parses, or is refused with a reason. Returns how many parse.
template <typename Parse, typename Write>
int expect_stable(const std::filesystem::path& folder, Parse parse, Write write) {
  int parsed_count = 0;
  for (const auto& path : playlists_below(folder)) {
    const auto parsed = parse(read_file(path));
    if (!parsed) {
      EXPECT_FALSE(parsed.error().message.empty()) << path;
      continue;
    }
    ++parsed_count;
    const std::string canonical = write(*parsed);
    const auto again = parse(canonical);
    if (!again) {
      ADD_FAILURE() << path << ": " << to_string(again.error());
      continue;
    }
    EXPECT_EQ(*again, *parsed) << path;
    EXPECT_EQ(write(*again), canonical) << path;
  }
  return parsed_count;
}

TEST(ForeignPlaylists, WhatParsesSurvivesWritingAndParsing) {
  const auto folder = foreign_folder();
  if (folder.empty()) GTEST_SKIP() << "STREAMKIT_TEST_DATA names no folder with hls/";
  const int parsed = expect_stable(folder, parse_media_playlist, write_media_playlist);
  RecordProperty("parsed", parsed);
  EXPECT_GE(parsed, 70) << "fewer playlists below " << folder << " parse";
}

TEST(ForeignPlaylists, MultivariantOnesSurviveToo) {
  const auto folder = foreign_folder();
  if (folder.empty()) GTEST_SKIP() << "STREAMKIT_TEST_DATA names no folder with hls/";
  const int parsed =
      expect_stable(folder, parse_multivariant_playlist, write_multivariant_playlist);
  RecordProperty("parsed", parsed);
  EXPECT_GE(parsed, 20) << "fewer playlists below " << folder << " parse";
}

}  // namespace
}  // namespace streamkit::hls
