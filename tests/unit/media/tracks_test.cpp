#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>

#include "media/many_tracks.hpp"
#include "media/media_test_support.hpp"
#include "media/track_selection.hpp"

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

// As in the live photos of a phone.
TEST_F(TracksOfFiles, AVideoComesBeforeLargerStills) {
  AVFormatContext* file = avformat_alloc_context();
  for (const int width : {1440, 2048}) {
    AVStream* stream = avformat_new_stream(file, nullptr);
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_H264;
    stream->codecpar->width = width;
    stream->codecpar->height = 1080;
    stream->nb_frames = width == 1440 ? 53 : 2;
  }
  EXPECT_EQ(choose_video(*file, {}).value()->index, 0);
  EXPECT_EQ(choose_video(*file, "2").value()->index, 1);
  file->streams[1]->nb_frames = 53;
  EXPECT_EQ(choose_video(*file, {}).value()->index, 1);
  avformat_free_context(file);
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

// A broadcast announces tracks that have no packets for a while.
TEST_F(TracksOfFiles, AudioThatIsOnlyAnnouncedIsNamedAndLeftOut) {
  const auto whole = folder_ / "whole.ts";
  write_many_tracks(whole, 12, {.sounds = {{"eng"}, {"jpn"}}});
  std::ifstream file(whole, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const auto path = folder_ / "announced.ts";
  std::ofstream cut(path, std::ios::binary);
  constexpr std::size_t kPacketBytes = 188;
  constexpr int kLastTrack = 0x102;
  for (std::size_t at = 0; at + kPacketBytes <= bytes.size(); at += kPacketBytes) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
    const int track = (byte(1) & 0x1F) << 8 | byte(2);
    if (track != kLastTrack) cut.write(bytes.data() + at, kPacketBytes);
  }
  cut.close();
  const auto report = copy(path, folder_ / "copy.mp4");
  ASSERT_EQ(report.dropped.size(), 1u);
  EXPECT_NE(report.dropped.front().find("state its sample rate"), std::string::npos)
      << report.dropped.front();
}

}  // namespace
}  // namespace streamkit::media
