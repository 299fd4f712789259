#include "load/watched_playlist.hpp"

#include <gtest/gtest.h>

namespace streamkit::load {
namespace {

const std::string kHead =
    "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:5\n#EXT-X-PLAYLIST-TYPE:EVENT\n";

std::string segments(int count) {
  std::string text = kHead;
  for (int i = 0; i < count; ++i) {
    text += "#EXTINF:5.000,\n#EXT-X-BYTERANGE:90@" + std::to_string(10 + i) + "\nseg_0000" +
            std::to_string(i) + ".mp4\n";
  }
  return text;
}

TEST(WatchedPlaylist, GivesEachAnswersOwnNumberOfSegments) {
  WatchedPlaylist playlist;
  EXPECT_EQ(playlist.take(segments(0), 0).value(), 0U);
  EXPECT_EQ(playlist.take(segments(3), 0).value(), 3U);
  EXPECT_EQ(playlist.take(segments(4), segments(3).size()).value(), 4U);
  EXPECT_EQ(playlist.segment(3).uri, "seg_00003.mp4");
  EXPECT_EQ(playlist.segment(3).offset, 13U);
  EXPECT_EQ(playlist.segment(3).length, 90U);
  // A viewer who was answered earlier and read later.
  EXPECT_EQ(playlist.take(segments(2), segments(1).size()).value(), 2U);
}

TEST(WatchedPlaylist, TheEndAddsNoSegment) {
  WatchedPlaylist playlist;
  EXPECT_EQ(playlist.take(segments(2), 0).value(), 2U);
  EXPECT_EQ(playlist.take(segments(2) + "#EXT-X-ENDLIST\n", segments(2).size()).value(), 2U);
}

TEST(WatchedPlaylist, RefusesAListThatShrinksForAViewer) {
  WatchedPlaylist playlist;
  EXPECT_TRUE(playlist.take(segments(3), 0));
  EXPECT_FALSE(playlist.take(segments(2), segments(3).size()));
}

TEST(WatchedPlaylist, RefusesAListThatIsAnotherOne) {
  WatchedPlaylist playlist;
  EXPECT_TRUE(playlist.take(segments(3), 0));
  std::string other = segments(4);
  other[other.find("5.000")] = '4';
  EXPECT_FALSE(playlist.take(other, 0));
  EXPECT_FALSE(playlist.take(other.substr(0, segments(1).size()), 0));
}

TEST(WatchedPlaylist, RefusesWhatIsNoPlaylist) {
  EXPECT_FALSE(WatchedPlaylist().take("<html>", 0));
}

}  // namespace
}  // namespace streamkit::load
