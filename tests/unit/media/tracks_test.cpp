#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>

#include "media/many_tracks.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class TracksOfFiles : public ::testing::Test {
 protected:
  TracksOfFiles()
      : folder_(fs::temp_directory_path() / ("streamkit-tracks-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~TracksOfFiles() override { fs::remove_all(folder_); }

  fs::path write(const ManyTracks& file) const {
    fs::path path = folder_ / "many.mkv";
    write_many_tracks(path, 12, file);
    return path;
  }
  // The audio track that is taken, or the error.
  static std::string taken(const fs::path& path, const TrackChoice& choice = {}) {
    const auto reader = open_media_file(path, {.tracks = choice});
    return reader ? (*reader)->info().tracks_taken.back() : reader.error().message;
  }
  // Copies the main tracks of a file, with the rest of it.
  static CompanionReport copy(const fs::path& from, const fs::path& to) {
    auto opened = open_packet_source(from);
    EXPECT_TRUE(opened);
    PacketSource* reader = opened->get();
    auto muxer = FileMuxer::create(to, {.companion = Companion{from}});
    EXPECT_TRUE(muxer);
    EXPECT_TRUE((*muxer)->open(reader->tracks()));
    for (Packet& packet : read_packets(*reader)) {
      const auto written = (*muxer)->write(std::move(packet));
      EXPECT_TRUE(written) << to_string(written.error());
    }
    EXPECT_TRUE((*muxer)->finish());
    return (*muxer)->report();
  }
  const fs::path folder_;
};

TEST_F(TracksOfFiles, TheDefaultSoundComesBeforeTheFirstOne) {
  const auto path = write({.sounds = {{"eng", "comment"}, {"jpn", "default"}}});
  EXPECT_EQ(taken(path), "audio 2 (aac, 2 channels, jpn, default)");
  EXPECT_EQ(open_media_file(path).value()->info().tracks_left_out,
            Lines{"audio 1 (aac, 2 channels, eng, commentary)"});
}

TEST_F(TracksOfFiles, ACommentaryIsNotTakenEvenIfItIsTheDefault) {
  const auto path = write({.sounds = {{"eng", "comment+default"}, {"eng"}}});
  EXPECT_EQ(taken(path), "audio 2 (aac, 2 channels, eng)");
}

TEST_F(TracksOfFiles, APhotoBesideAVideoIsNotTheVideo) {
  const fs::path path = folder_ / "photo.mp4";
  write_many_tracks(path, 12, {.sounds = {{"eng"}}, .photo = true});
  const auto reader = open_media_file(path);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->info().tracks_taken.front().substr(0, 7), "video 2");
}

TEST_F(TracksOfFiles, AreChosenByNumberOrLanguage) {
  const auto path = write({.sounds = {{"ger", "default"}, {"eng"}, {"fre"}}});
  EXPECT_EQ(taken(path), "audio 1 (aac, 2 channels, ger, default)");
  EXPECT_EQ(taken(path, {.audio = "2"}), "audio 2 (aac, 2 channels, eng)");
  for (const char* french : {"fre", "fra", "fr", "French", "fr-CA"}) {
    EXPECT_EQ(taken(path, {.audio = french}), "audio 3 (aac, 2 channels, fre)") << french;
  }
  const std::string missing = taken(path, {.audio = "4"});
  EXPECT_NE(missing.find("no audio track is '4'; there are audio 1 (aac"), std::string::npos)
      << missing;
  EXPECT_EQ(open_media_file(path, {.tracks = {.video = "ger"}}).error().code, ErrorCode::NotFound);
}

TEST_F(TracksOfFiles, AreCarriedOverWithLanguagesChaptersAndTitle) {
  const auto path = write({.sounds = {{"ger", "default"}, {"eng"}},
                           .subtitles = "eng",
                           .title = "My holiday",
                           .chapters = true});
  const CompanionReport report = copy(path, folder_ / "copy.mkv");
  EXPECT_EQ(report.carried, (Lines{"audio 2 (aac, 2 channels, eng)", "subtitle 1 (subrip, eng)"}));
  EXPECT_TRUE(report.dropped.empty());
  EXPECT_EQ(contents_of(folder_ / "copy.mkv"),
            (Lines{"audio aac ger default", "audio aac eng", "subtitle subrip eng", "chapter One",
                   "chapter Two", "title My holiday"}));
  copy(path, folder_ / "copy.mp4");
  EXPECT_EQ(contents_of(folder_ / "copy.mp4"),
            (Lines{"audio aac ger default", "audio aac eng", "subtitle mov_text eng", "chapter One",
                   "chapter Two", "title My holiday"}));
  // Back again: Matroska has no subtitles of that kind.
  copy(folder_ / "copy.mp4", folder_ / "back.mkv");
  EXPECT_EQ(contents_of(folder_ / "back.mkv")[2], "subtitle subrip eng");
}

TEST_F(TracksOfFiles, OnlyKnownContainersAreWritten) {
  for (const char* name : {"a.mp4", "a.M4V", "a.mov", "a.mkv"}) {
    EXPECT_TRUE(container_holds(name, "aac").value_or(false)) << name;
  }
  for (const char* name : {"a.avi", "a", "a.ts", "a.webm"}) {
    EXPECT_EQ(container_holds(name, "aac").error().code, ErrorCode::Unsupported) << name;
    EXPECT_EQ(FileMuxer::create(folder_ / name).error().code, ErrorCode::Unsupported) << name;
  }
  EXPECT_TRUE(container_holds("a.mp4", "flac").value());
  EXPECT_TRUE(container_holds("a.mp4", "opus").value());
  EXPECT_FALSE(container_holds("a.mp4", "pcm_s16le").value());
  EXPECT_FALSE(container_holds("a.mp4", "truehd").value());
  EXPECT_TRUE(container_holds("a.mov", "pcm_s16le").value());
  EXPECT_FALSE(container_holds("a.mov", "opus").value());
  EXPECT_TRUE(container_holds("a.mkv", "truehd").value());
}

}  // namespace
}  // namespace streamkit::media
