#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <map>
#include <streamkit/hls/folder_writer.hpp>

namespace streamkit::hls {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Chunk chunk(std::uint64_t index, MediaTime duration = 5s) {
  Chunk made;
  made.index = index;
  made.start = static_cast<std::int64_t>(index) * MediaTime(5s);
  made.duration = duration;
  made.header_bytes = 100;
  made.data.assign(1000 + index, static_cast<std::uint8_t>(index + 1));
  return made;
}

// What is left when the process that writes dies.
struct Disk {
  std::map<std::string, Bytes> files;
};

// The process's way to the disk, which fails for good after a number of changes; the last write
// before that is half done.
class FailingFiles final : public FolderFiles {
 public:
  explicit FailingFiles(Disk& disk, int changes = std::numeric_limits<int>::max())
      : disk_(disk), changes_left_(changes) {}

  Result<void> write_file(const std::string& name, std::span<const std::uint8_t> content) override {
    const bool dies = changes_left_ == 0;
    if (!dies || !died_) {
      const std::size_t size = dies ? content.size() / 2 : content.size();
      disk_.files[name] = Bytes(content.begin(), content.begin() + static_cast<long>(size));
    }
    return change();
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (auto changed = change(); !changed) return changed;
    const auto found = disk_.files.find(from);
    if (found == disk_.files.end()) return Error{ErrorCode::NotFound, "no file " + from};
    Bytes content = std::move(found->second);
    disk_.files.erase(found);
    disk_.files[to] = std::move(content);
    return {};
  }

  Result<void> remove(const std::string& name) override {
    if (auto changed = change(); !changed) return changed;
    disk_.files.erase(name);
    return {};
  }

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;  // segments before the playlist
    for (const auto& [name, content] : disk_.files) names.insert(names.begin(), name);
    return names;
  }

 private:
  Result<void> change() {
    if (changes_left_ > 0) {
      --changes_left_;
      return {};
    }
    died_ = true;
    return Error{ErrorCode::ResourceExhausted, "the disk is full"};
  }

  Disk& disk_;
  int changes_left_;
  bool died_ = false;
};

std::unique_ptr<FolderWriter> open(Disk& disk, FolderWriterOptions options = {}) {
  auto writer = FolderWriter::create(std::make_unique<FailingFiles>(disk), options);
  EXPECT_TRUE(writer) << to_string(writer.error());
  return std::move(*writer);
}

std::string text_of(const Disk& disk) {
  const auto found = disk.files.find("playlist.m3u8");
  if (found == disk.files.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::size_t part_files(const Disk& disk) {
  return static_cast<std::size_t>(
      std::count_if(disk.files.begin(), disk.files.end(),
                    [](const auto& file) { return file.first.ends_with(".part"); }));
}

// Whoever plays the folder as it stands finds all that the playlist names.
void expect_playable(const Disk& disk) {
  if (!disk.files.contains("playlist.m3u8")) return;
  const auto playlist = parse_media_playlist(text_of(disk));
  ASSERT_TRUE(playlist) << to_string(playlist.error());
  for (std::size_t i = 0; i < playlist->segments.size(); ++i) {
    const MediaSegment& segment = playlist->segments[i];
    ASSERT_TRUE(disk.files.contains(segment.uri)) << segment.uri;
    ASSERT_EQ(disk.files.at(segment.uri), chunk(i).data) << segment.uri;
  }
}

TEST(FolderWriter, WritesAVodPlaylistAtTheEndOnly) {
  Disk disk;
  const auto writer = open(disk);
  ASSERT_TRUE(writer->add(chunk(0)));
  ASSERT_TRUE(writer->add(chunk(1, 2500ms)));
  EXPECT_EQ(text_of(disk), "");
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(text_of(disk),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:5\n#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MAP:URI=\"seg_00000.mp4\",BYTERANGE=\"100@0\"\n"
            "#EXTINF:5.000,\n#EXT-X-BYTERANGE:900@100\nseg_00000.mp4\n"
            "#EXTINF:2.500,\n#EXT-X-BYTERANGE:901@100\nseg_00001.mp4\n#EXT-X-ENDLIST\n");
  EXPECT_EQ(disk.files.at("seg_00001.mp4"), chunk(1).data);
  EXPECT_EQ(disk.files.size(), 3u);
  EXPECT_EQ(writer->segments(), 2u);
}

TEST(FolderWriter, AnEventPlaylistGrowsWithEachSegment) {
  Disk disk;
  const auto writer = open(disk, {.type = PlaylistType::Event});
  std::string before;
  for (std::uint64_t index = 0; index < 3; ++index) {
    ASSERT_TRUE(writer->add(chunk(index)));
    EXPECT_TRUE(text_of(disk).starts_with(before));
    EXPECT_TRUE(text_of(disk).ends_with("seg_0000" + std::to_string(index) + ".mp4\n"));
    before = text_of(disk);
  }
  EXPECT_NE(before.find("#EXT-X-PLAYLIST-TYPE:EVENT\n"), std::string::npos);
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(text_of(disk), before + "#EXT-X-ENDLIST\n");
}

TEST(FolderWriter, AVodPlaylistsTargetDurationFitsTheLongestSegment) {
  Disk disk;
  const auto writer = open(disk);
  ASSERT_TRUE(writer->add(chunk(0, 7600ms)));
  ASSERT_TRUE(writer->add(chunk(1, 5s)));
  ASSERT_TRUE(writer->finish());
  EXPECT_NE(text_of(disk).find("#EXT-X-TARGETDURATION:8\n"), std::string::npos) << text_of(disk);
}

TEST(FolderWriter, SaysWhenTheFirstFrameWasTaken) {
  Disk disk;
  FolderWriterOptions options;
  options.program_date_time = WallTime(std::chrono::seconds(1'767'225'600));
  const auto writer = open(disk, options);
  ASSERT_TRUE(writer->add(chunk(0)));
  ASSERT_TRUE(writer->finish());
  EXPECT_NE(text_of(disk).find("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"),
            std::string::npos);
}

TEST(FolderWriter, AStreamWithoutSegmentsIsAnEmptyPlaylist) {
  for (const PlaylistType type : {PlaylistType::Vod, PlaylistType::Event}) {
    Disk disk;
    ASSERT_TRUE(open(disk, {.type = type})->finish());
    const auto playlist = parse_media_playlist(text_of(disk));
    ASSERT_TRUE(playlist);
    EXPECT_TRUE(playlist->end_list);
    EXPECT_EQ(playlist->type, type);
    EXPECT_TRUE(playlist->segments.empty());
  }
}

// Dies at every change in turn, when the folder is new and when it holds a longer stream.
TEST(FolderWriter, WheneverItDiesThePlaylistNamesOnlyCompleteSegments) {
  for (const PlaylistType type : {PlaylistType::Vod, PlaylistType::Event}) {
    for (const bool replaces : {false, true}) {
      bool finished = false;
      for (int changes = 0; !finished; ++changes) {
        ASSERT_LT(changes, 100);
        Disk disk;
        if (replaces) {
          const auto earlier = open(disk, {.type = type});
          for (std::uint64_t index = 0; index < 5; ++index) {
            ASSERT_TRUE(earlier->add(chunk(index)));
          }
          ASSERT_TRUE(earlier->finish());
        }
        auto writer = FolderWriter::create(std::make_unique<FailingFiles>(disk, changes),
                                           {.type = type, .replace_existing = replaces});
        expect_playable(disk);
        if (!writer) continue;
        for (std::uint64_t index = 0; index < 3; ++index) {
          if (!(*writer)->add(chunk(index))) break;
          expect_playable(disk);
        }
        expect_playable(disk);
        finished = (*writer)->segments() == 3 && (*writer)->finish().has_value();
        expect_playable(disk);
        EXPECT_TRUE(!finished || disk.files.size() == 4);
      }
    }
  }
}

TEST(FolderWriter, AFailedCallMayBeRepeated) {
  for (const PlaylistType type : {PlaylistType::Vod, PlaylistType::Event}) {
    Disk expected;
    const auto undisturbed = open(expected, {.type = type});
    for (std::uint64_t index = 0; index < 2; ++index) {
      ASSERT_TRUE(undisturbed->add(chunk(index)));
    }
    ASSERT_TRUE(undisturbed->finish());

    // Fails at one change only, each in turn.
    class FailsOnce final : public FolderFiles {
     public:
      FailsOnce(Disk& disk, int at) : files_(disk), left_(at) {}
      Result<void> write_file(const std::string& name,
                              std::span<const std::uint8_t> content) override {
        if (left_-- == 0) return Error{ErrorCode::ResourceExhausted, "full"};
        return files_.write_file(name, content);
      }
      Result<void> rename(const std::string& from, const std::string& to) override {
        if (left_-- == 0) return Error{ErrorCode::Unavailable, "busy"};
        return files_.rename(from, to);
      }
      Result<void> remove(const std::string& name) override { return files_.remove(name); }
      Result<std::vector<std::string>> list() override { return files_.list(); }
      [[nodiscard]] bool pending() const { return left_ >= 0; }

     private:
      FailingFiles files_;
      int left_;
    };
    for (int at = 0;; ++at) {
      ASSERT_LT(at, 100);
      Disk disk;
      auto files = std::make_unique<FailsOnce>(disk, at);
      const FailsOnce& watched = *files;
      auto writer = std::move(*FolderWriter::create(std::move(files), {.type = type}));
      int failures = 0;
      const auto twice = [&](auto call) {
        if (call()) return;
        ++failures;
        EXPECT_TRUE(call());
      };
      for (std::uint64_t index = 0; index < 2; ++index) {
        twice([&] { return writer->add(chunk(index)).has_value(); });
      }
      twice([&] { return writer->finish().has_value(); });
      EXPECT_EQ(disk.files, expected.files) << at;
      if (watched.pending()) break;
      EXPECT_EQ(failures, 1) << at;
    }
  }
}

TEST(FolderWriter, RejectsChunksOutOfOrderAndThoseThatAreNone) {
  Disk disk;
  const auto writer = open(disk);
  EXPECT_EQ(writer->add(chunk(1)).error().code, ErrorCode::InvalidArgument);
  Chunk empty = chunk(0);
  empty.data.clear();
  EXPECT_EQ(writer->add(empty).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(writer->add(chunk(0, 0s)).error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(disk.files.empty()) << "nothing is left of them";
  ASSERT_TRUE(writer->add(chunk(0)));
  EXPECT_EQ(writer->add(chunk(0)).error().code, ErrorCode::InvalidArgument);
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(writer->add(chunk(1)).error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(writer->finish()) << "again";
  EXPECT_EQ(disk.files.size(), 2u);
}

TEST(FolderWriter, RejectsAFolderThatHoldsAStreamUnlessItMayReplaceIt) {
  for (const char* name : {"playlist.m3u8", "seg_00003.mp4", "playlist.m3u8.part"}) {
    Disk disk;
    disk.files[name] = {1};
    disk.files["notes.txt"] = {2};
    const auto rejected = FolderWriter::create(std::make_unique<FailingFiles>(disk));
    EXPECT_EQ(rejected.error().code, ErrorCode::AlreadyExists);
    EXPECT_NE(rejected.error().message.find(name), std::string::npos) << rejected.error().message;
    EXPECT_EQ(disk.files.size(), 2u) << "nothing is changed";
    open(disk, {.replace_existing = true});
    EXPECT_EQ(disk.files, (std::map<std::string, Bytes>{{"notes.txt", {2}}}));
  }
}

TEST(FolderWriter, OtherFilesDoNotStandInItsWay) {
  Disk disk;
  disk.files = {{"index.html", {1}}, {"seg_0.mp4", {2}}, {"seg_00000.mp4.old", {3}}};
  const auto writer = open(disk);
  ASSERT_TRUE(writer->add(chunk(0)));
  EXPECT_EQ(disk.files.size(), 4u);
  EXPECT_EQ(part_files(disk), 0u);
}

TEST(FolderWriter, RejectsAChunkDurationOfNothing) {
  Disk disk;
  EXPECT_EQ(
      FolderWriter::create(std::make_unique<FailingFiles>(disk), {.chunk_duration = MediaTime{0}})
          .error()
          .code,
      ErrorCode::InvalidArgument);
}

class FolderOnDisk : public ::testing::Test {
 protected:
  FolderOnDisk()
      : folder_(fs::temp_directory_path() / ("streamkit-hls-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~FolderOnDisk() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const fs::path folder_;
};

TEST_F(FolderOnDisk, IsCreatedAndFilled) {
  const fs::path folder = folder_ / "new" / "stream";
  auto writer = FolderWriter::create(folder);
  ASSERT_TRUE(writer) << to_string(writer.error());
  ASSERT_TRUE((*writer)->add(chunk(0)));
  ASSERT_TRUE((*writer)->finish());
  const Bytes data = chunk(0).data;
  EXPECT_EQ(read(folder / "seg_00000.mp4"), std::string(data.begin(), data.end()));
  EXPECT_TRUE(parse_media_playlist(read(folder / "playlist.m3u8"))->end_list);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);

  EXPECT_EQ(FolderWriter::create(folder).error().code, ErrorCode::AlreadyExists);
  ASSERT_TRUE(FolderWriter::create(folder, {.replace_existing = true}));
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(FolderOnDisk, SaysWhyAFolderIsUnusable) {
  std::ofstream(folder_ / "file") << "text";
  const auto file = FolderWriter::create(folder_ / "file");
  EXPECT_EQ(file.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(file.error().message.find("file'"), std::string::npos) << file.error().message;
  EXPECT_EQ(FolderWriter::create(folder_ / "file" / "below").error().code,
            ErrorCode::InvalidArgument);
}

TEST_F(FolderOnDisk, SaysWhenTheFolderVanishesOrANameIsTaken) {
  auto writer = FolderWriter::create(folder_ / "stream");
  fs::create_directories(folder_ / "stream" / "seg_00000.mp4");
  EXPECT_EQ((*writer)->add(chunk(0)).error().code, ErrorCode::InvalidArgument);
  fs::remove_all(folder_ / "stream");
  EXPECT_EQ((*writer)->add(chunk(0)).error().code, ErrorCode::NotFound);
  fs::create_directories(folder_ / "stream");
  EXPECT_TRUE((*writer)->add(chunk(0))) << "repeated when the cause is gone";
}

TEST_F(FolderOnDisk, AFullDiskIsAClearError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto files = open_folder("/dev");
  const Bytes content(100'000, 1);
  const auto written = (*files)->write_file("full", content);
  EXPECT_EQ(written.error().code, ErrorCode::ResourceExhausted);
}

}  // namespace
}  // namespace streamkit::hls
