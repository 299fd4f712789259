#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/joined_reader.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class PartsOfFiles : public ::testing::Test {
 protected:
  PartsOfFiles()
      : folder_(fs::temp_directory_path() / ("streamkit-parts-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~PartsOfFiles() override { fs::remove_all(folder_); }

  // Keyframes a second apart.
  fs::path write(const std::string& name, std::int64_t frames, const VideoFormat& format,
                 bool sound = true) const {
    const auto encoder =
        open_encoder({.chunk_duration = std::chrono::seconds(1), .preset = "ultrafast", .crf = 4},
                     format, sound ? std::optional(AudioFormat{}) : std::nullopt);
    const auto muxer = FileMuxer::create(folder_ / name);
    EXPECT_TRUE((*muxer)->open((*encoder)->tracks()));
    for (Packet& packet : encode(**encoder, format, frames)) {
      EXPECT_TRUE((*muxer)->write(std::move(packet)));
    }
    EXPECT_TRUE((*muxer)->finish());
    return folder_ / name;
  }

  static ReadBack read(Result<std::unique_ptr<MediaReader>> reader) {
    ReadBack back;
    EXPECT_TRUE(reader) << reader.error().message;
    if (!reader) return back;
    back.info = (*reader)->info();
    for (;;) {
      auto item = (*reader)->read({});
      EXPECT_TRUE(item) << item.error().message;
      if (!item || std::holds_alternative<EndOfStream>(*item)) return back;
      if (auto* frame = std::get_if<VideoFrame>(&*item)) back.pictures.push_back(*frame);
      if (auto* packet = std::get_if<Packet>(&*item)) back.sound.push_back(std::move(*packet));
    }
  }

  static bool looks_like(const VideoFrame& frame, const VideoFrame& wanted) {
    long difference = 0;
    const VideoPlane& luma = wanted.planes[0];
    for (int y = 0; y < luma.height_px; ++y) {
      for (int x = 0; x < luma.width_px; ++x) {
        difference += std::abs(luma.row(y)[x] - frame.planes[0].row(y)[x]);
      }
    }
    return difference < 2L * luma.width_px * luma.height_px;
  }

  const fs::path folder_;
};

TEST_F(PartsOfFiles, BeginAtTheExactFrameAndAtTimeZero) {
  const VideoFormat format = small_format();
  const auto path = write("whole.mp4", 90, format);
  // The last keyframe before is frame 30.
  const ReadBack part = read(open_media_file(
      path, {.start = format.frame_rate.time_of(47), .end = format.frame_rate.time_of(77)}));
  ASSERT_EQ(part.pictures.size(), 30u);
  EXPECT_EQ(part.pictures.front().pts, MediaTime{0});
  EXPECT_TRUE(looks_like(part.pictures[0], make_picture(format, 47)));
  EXPECT_FALSE(looks_like(part.pictures[0], make_picture(format, 46)));
  EXPECT_TRUE(looks_like(part.pictures[29], make_picture(format, 76)));
  ASSERT_FALSE(part.sound.empty());
  EXPECT_LT(std::chrono::abs(part.sound.front().pts), MediaTime(milliseconds(22)));
  const MediaTime end = part.sound.back().pts + part.sound.back().duration;
  EXPECT_LT(std::chrono::abs(end - MediaTime(std::chrono::seconds(1))),
            MediaTime(milliseconds(12)));
  EXPECT_LT(std::chrono::abs(part.info.duration - MediaTime(std::chrono::seconds(1))),
            MediaTime(milliseconds(40)));
}

TEST_F(PartsOfFiles, BeginWithTheFrameThatIsShownThen) {
  const VideoFormat slow = small_format({2, 1});
  const ReadBack part =
      read(open_media_file(write("slow.mp4", 6, slow, false), {.start = milliseconds(1300)}));
  ASSERT_EQ(part.pictures.size(), 4u);
  EXPECT_EQ(part.pictures[0].pts, MediaTime{0});
  EXPECT_EQ(part.pictures[0].duration, MediaTime(milliseconds(200)));
  EXPECT_TRUE(looks_like(part.pictures[0], make_picture(slow, 2)));
  EXPECT_EQ(part.pictures[1].pts, MediaTime(milliseconds(200)));
}

TEST_F(PartsOfFiles, BeyondTheEndThereIsNothing) {
  auto reader =
      open_media_file(write("whole.mp4", 30, small_format()), {.start = std::chrono::seconds(2)});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->read({}).error().code, ErrorCode::InvalidArgument);
}

TEST_F(PartsOfFiles, SeveralFilesAreReadAsOneInTheFormatOfTheFirst) {
  VideoFormat other = small_format({15, 1});
  other.width_px = 64;
  other.height_px = 48;
  const std::vector<fs::path> files = {write("first.mp4", 30, small_format(), false),
                                       write("second.mp4", 15, other),
                                       write("third.mkv", 30, small_format())};
  const ReadBack joined = read(open_joined_files(files));
  ASSERT_EQ(joined.pictures.size(), 90u);
  const FrameRate rate = small_format().frame_rate;
  for (std::size_t n = 0; n < joined.pictures.size(); ++n) {
    EXPECT_EQ(joined.pictures[n].format.width_px, 96) << n;
    EXPECT_LT(std::chrono::abs(joined.pictures[n].pts - rate.time_of(static_cast<std::int64_t>(n))),
              MediaTime(milliseconds(30)))
        << n;
  }
  EXPECT_TRUE(looks_like(joined.pictures[5], make_picture(small_format(), 5)));
  EXPECT_TRUE(looks_like(joined.pictures[65], make_picture(small_format(), 5)));
  ASSERT_TRUE(joined.info.audio);
  MediaTime end{0};
  for (const Packet& packet : joined.sound) {
    EXPECT_EQ(packet.pts, end);
    end = packet.pts + packet.duration;
  }
  EXPECT_LT(std::chrono::abs(end - MediaTime(std::chrono::seconds(3))),
            MediaTime(milliseconds(60)));
  EXPECT_EQ(open_joined_files({files[0], folder_ / "absent.mp4"}).error().code,
            ErrorCode::NotFound);
}

}  // namespace
}  // namespace streamkit::media
