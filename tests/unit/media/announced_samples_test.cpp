#include "media/announced_samples.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <streamkit/media/media_file.hpp>

#include "fuzz/mp4_boxes.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

Bytes video_file() {
  const fs::path path =
      fs::temp_directory_path() / ("streamkit-samples-" + std::to_string(::getpid()) + ".mp4");
  write_video_file(path, 10, 0);
  std::ifstream file(path, std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  fs::remove(path);
  return bytes;
}

fuzz::Mp4Box* find(std::vector<fuzz::Mp4Box>& boxes, std::string_view name) {
  for (fuzz::Mp4Box& box : boxes) {
    if (box.name() == name) return &box;
    if (fuzz::Mp4Box* found = find(box.children, name)) return found;
  }
  return nullptr;
}

TEST(AnnouncedSamples, AreThoseOfAllTracks) {
  const std::uint64_t samples = announced_samples(video_file());
  EXPECT_GE(samples, 10u + 10u);
  EXPECT_LE(samples, 10u + 20u);
  EXPECT_TRUE(check_announced_samples(video_file()));
}

TEST(AnnouncedSamples, ATableOfOneRowIsNotBelieved) {
  auto boxes = fuzz::parse_mp4(video_file());
  fuzz::Mp4Box* table = find(boxes, "stsz");
  ASSERT_NE(table, nullptr);
  fuzz::write_u32(table->fields, 4, 1);
  fuzz::write_u32(table->fields, 8, 80'000'000);
  const Bytes file = fuzz::print_mp4(boxes);
  const auto reader = open_media_bytes(file);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::CorruptData);
  EXPECT_NE(reader.error().message.find("announces 800000"), std::string::npos)
      << reader.error().message;
  // Nor where the size of the box around is wrong.
  find(boxes, "minf")->stated_size = 0x7fffffff;
  EXPECT_FALSE(check_announced_samples(fuzz::print_mp4(boxes)));
}

TEST(AnnouncedSamples, ATableOfTimesIsNotBelieved) {
  for (const char* name : {"stts", "ctts"}) {
    fuzz::Mp4Box table;
    std::copy_n(name, 4, table.type.begin());
    table.fields.assign(40, 0);
    fuzz::write_u32(table.fields, 4, 1000);  // rows, of which four are there
    for (std::size_t row = 0; row < 4; ++row) fuzz::write_u32(table.fields, 8 + 8 * row, 1'000'000);
    EXPECT_EQ(announced_samples(fuzz::print_mp4({table})), 4'000'000u) << name;
    EXPECT_FALSE(check_announced_samples(fuzz::print_mp4({table})));
  }
}

TEST(AnnouncedSamples, TablesWithinTablesTakeNoTime) {
  Bytes nested(std::size_t{4} << 20, 0);
  for (std::size_t at = 0; at + 8 <= nested.size(); at += 8) {
    std::copy_n("stts", 4, nested.begin() + static_cast<std::ptrdiff_t>(at + 4));
  }
  EXPECT_FALSE(check_announced_samples(nested));
}

TEST(AnnouncedSamples, AFragmentIsNotBelieved) {
  fuzz::Mp4Box run;
  run.type = {'t', 'r', 'u', 'n'};
  run.fields.assign(8, 0);
  fuzz::write_u32(run.fields, 4, 33'554'432);
  EXPECT_FALSE(check_announced_samples(fuzz::print_mp4({run})));
  run.wide = true;
  EXPECT_EQ(announced_samples(fuzz::print_mp4({run})), 33'554'432u);
}

TEST(AnnouncedSamples, ACompressedIndexIsNotBelieved) {
  fuzz::Mp4Box index;
  index.type = {'m', 'o', 'o', 'v'};
  index.children.emplace_back().type = {'c', 'm', 'o', 'v'};
  EXPECT_FALSE(check_announced_samples(fuzz::print_mp4({index})));
}

TEST(AnnouncedSamples, MediaDataMayContainAnything) {
  fuzz::Mp4Box media;
  media.type = {'m', 'd', 'a', 't'};
  media.fields.assign(40, 0xFF);
  std::copy_n("stsz", 4, media.fields.begin() + 8);
  EXPECT_EQ(announced_samples(fuzz::print_mp4({media})), 0u);
}

TEST(AnnouncedSamples, ADamagedFileHasANumber) {
  const Bytes whole = video_file();
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    (void)announced_samples(std::span(whole).first(size));
  }
}

}  // namespace
}  // namespace streamkit::media
