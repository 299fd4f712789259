#include "capture/track_feed.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "media/media_test_support.hpp"

namespace streamkit::capture {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPictures = 60;

class Feed : public ::testing::Test {
 protected:
  Feed() : folder_(fs::temp_directory_path() / ("streamkit-feed-" + std::to_string(::getpid()))) {
    std::signal(SIGPIPE, SIG_IGN);
    fs::create_directories(folder_);
    media::write_video_file(folder_ / "plain.mp4", kPictures);
  }
  ~Feed() override { fs::remove_all(folder_); }

  static std::vector<std::int64_t> read_all(TrackFeed& feed, TrackKind track) {
    std::vector<std::int64_t> times;
    for (;;) {
      auto packet = feed.read(track);
      if (!packet) ADD_FAILURE() << to_string(packet.error());
      if (!packet || *packet == nullptr) return times;
      times.push_back((*packet)->dts);
    }
  }

  const fs::path folder_;
};

TEST_F(Feed, GivesEachReaderItsTrack) {
  auto feed = TrackFeed::open(folder_ / "plain.mp4", {.start_at_zero = true});
  ASSERT_TRUE(feed);
  const auto pictures = read_all(**feed, TrackKind::Video);
  const auto sound = read_all(**feed, TrackKind::Audio);
  EXPECT_EQ(pictures.size(), static_cast<std::size_t>(kPictures));
  EXPECT_GT(sound.size(), 90u);
  EXPECT_TRUE(std::is_sorted(pictures.begin(), pictures.end()));
  EXPECT_TRUE(std::is_sorted(sound.begin(), sound.end()));
}

TEST_F(Feed, TracksThatAreFarApartAreReadSeparately) {
  auto feed = TrackFeed::open(folder_ / "plain.mp4", {.start_at_zero = true});
  ASSERT_TRUE(feed);
  const auto expected_pictures = read_all(**feed, TrackKind::Video);
  const auto expected_sound = read_all(**feed, TrackKind::Audio);
  // Almost nothing may wait, so each track needs a file of its own sooner or later.
  for (const TrackKind first : {TrackKind::Video, TrackKind::Audio}) {
    feed = TrackFeed::open(folder_ / "plain.mp4", {.start_at_zero = true}, 1500);
    ASSERT_TRUE(feed);
    std::vector<std::int64_t> pictures;
    std::vector<std::int64_t> sound;
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE((*feed)->read(first));
      (first == TrackKind::Video ? pictures : sound).push_back(0);
    }
    for (const std::int64_t time : read_all(**feed, TrackKind::Video)) pictures.push_back(time);
    for (const std::int64_t time : read_all(**feed, TrackKind::Audio)) sound.push_back(time);
    ASSERT_EQ(pictures.size(), expected_pictures.size());
    ASSERT_EQ(sound.size(), expected_sound.size());
    EXPECT_EQ(pictures.back(), expected_pictures.back());
    EXPECT_EQ(sound.back(), expected_sound.back());
  }
}

TEST_F(Feed, APipeWhoseTracksAreFarApartIsAClearError) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const std::jthread feeder([&] {
    std::ofstream out(folder_ / "pipe", std::ios::binary);
    out << std::ifstream(folder_ / "plain.mp4", std::ios::binary).rdbuf();
  });
  auto feed = TrackFeed::open(folder_ / "pipe", {.start_at_zero = true}, 1500);
  ASSERT_TRUE(feed) << to_string(feed.error());
  Result<media::PacketPtr> packet = (*feed)->read(TrackKind::Video);
  while (packet && *packet != nullptr) packet = (*feed)->read(TrackKind::Video);
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().code, ErrorCode::ResourceExhausted);
}

TEST_F(Feed, ATrackThatIsLeftOutDoesNotWait) {
  auto feed = TrackFeed::open(folder_ / "plain.mp4", {.start_at_zero = true}, 1500);
  ASSERT_TRUE(feed);
  (*feed)->leave_out(TrackKind::Audio);
  EXPECT_EQ(read_all(**feed, TrackKind::Video).size(), static_cast<std::size_t>(kPictures));
}

}  // namespace
}  // namespace streamkit::capture
