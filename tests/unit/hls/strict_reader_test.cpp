#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <streamkit/hls/live_multivariant.hpp>
#include <streamkit/hls/live_playlist.hpp>

#include "live_track_fixture.hpp"

namespace streamkit::hls {
namespace {

using std::chrono::milliseconds;

// Playlists as npm's hls-parser reads them in its strict mode. The target streamkit_e2e_packages
// fetches it.
class StrictReader : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(kModule)) {
      GTEST_SKIP() << kModule << " is not there: build the target streamkit_e2e_packages";
    }
    if (run("node --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "Node.js is not installed";
    folder_ = std::filesystem::temp_directory_path() / ("hls-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  static int run(const std::string& command) {
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // Whether it reads the playlist, and in it `count` segments or variants.
  [[nodiscard]] bool reads(const std::string& text, std::size_t count) const {
    const auto file = folder_ / "playlist.m3u8";
    std::ofstream(file, std::ios::binary) << text;
    return run("node -e '"
               "const reader = require(process.argv[1]);"
               "reader.setOptions({strictMode: true});"
               "const text = require(\"fs\").readFileSync(process.argv[2], \"utf8\");"
               "const found = reader.parse(text);"
               "const count = (found.isMasterPlaylist ? found.variants : found.segments).length;"
               "process.exit(count === Number(process.argv[3]) ? 0 : 1);' " +
               std::string(kModule) + " '" + file.string() + "' " + std::to_string(count)) == 0;
  }
  [[nodiscard]] bool reads(const MediaPlaylist& playlist) const {
    // An open segment counts as one.
    return reads(write_media_playlist(playlist),
                 playlist.segments.size() + (playlist.open_segment ? 1 : 0));
  }

  static constexpr const char* kModule = STREAMKIT_NODE_MODULES "/hls-parser";
  std::filesystem::path folder_;
};

TEST_F(StrictReader, ReadsAllKindsOfMediaPlaylists) {
  testing::MadeTrack track;
  track.add_complete(10);
  track.begin_run(milliseconds(700));
  track.add_complete(5);
  track.add(2);
  LivePlaylistOptions options;
  EXPECT_TRUE(reads(live_playlist(track.segments(), options)));
  for (const auto kind : {LivePlaylistKind::Event, LivePlaylistKind::Vod}) {
    options.kind = kind;
    EXPECT_TRUE(reads(live_playlist(track.segments(), options)));
    EXPECT_TRUE(reads(i_frame_playlist(track.segments(), 0, options)));
  }
  options.kind = LivePlaylistKind::Live;
  options.part_target = milliseconds(500);
  options.first_number = 2;
  options.hint = next_part(testing::video_track(), track.segments(), {});
  options.reports = {rendition_report("../a0/index.m3u8", track.segments())};
  const MediaPlaylist low_latency = live_playlist(track.segments(), options);
  EXPECT_TRUE(reads(low_latency));
  EXPECT_TRUE(reads(*delta_update(low_latency)));
  options.ended = true;
  EXPECT_TRUE(reads(live_playlist(track.segments(), options)));
}

TEST_F(StrictReader, ReadsAMultivariantPlaylist) {
  const std::vector<AnnouncedTrack> tracks = {
      {.info = testing::video_track(),
       .bandwidth = {5'000'000, 4'000'000},
       .i_frames = Bandwidth{900'000, 800'000}},
      {.info = testing::audio_track(), .bandwidth = {130'000, 128'000}, .language = "en"}};
  // It counts the I-frame variant as well.
  EXPECT_TRUE(reads(write_multivariant_playlist(live_multivariant_playlist(tracks)), 3));
}

}  // namespace
}  // namespace streamkit::hls
