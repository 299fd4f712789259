#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "fuzz/mp4_boxes.hpp"
#include "media/coded_clip.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

class MediaFile : public ::testing::Test {
 protected:
  MediaFile()
      : folder_(fs::temp_directory_path() / ("streamkit-media-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~MediaFile() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }

  // A short encoded stream with sound in an ordinary file.
  fs::path write_video(const std::string& name, std::int64_t frames, int b_frames = 2) const {
    write_video_file(folder_ / name, frames, b_frames);
    return folder_ / name;
  }

  Bytes bytes_of(const fs::path& path) const {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }

  const fs::path folder_;
};

TEST_F(MediaFile, ReadsBackWhatTheMuxerWrote) {
  for (const char* name : {"plain.mp4", "plain.mkv", "plain.mov"}) {
    const ReadBack back = read_all(bytes_of(write_video(name, 45)));
    EXPECT_EQ(back.info.video.width_px, 96);
    EXPECT_EQ(back.info.video.frame_rate, (FrameRate{30, 1})) << name;
    ASSERT_EQ(back.pictures.size(), 45u) << name;
    for (std::size_t n = 1; n < 45; ++n) {
      EXPECT_LT(std::chrono::abs(back.pictures[n].pts - back.pictures[n - 1].pts -
                                 FrameRate({30, 1}).frame_duration()),
                MediaTime(std::chrono::milliseconds(1)));
    }
    EXPECT_EQ(back.info.audio->codec, "aac");
    EXPECT_EQ(back.sound.size(), 71u) << name;
  }
}

TEST_F(MediaFile, APictureLooksAsItDidBeforeEncoding) {
  const ReadBack back = read_all(bytes_of(write_video("look.mp4", 10)));
  const VideoFrame expected = make_picture(small_format(), 7);
  long error = 0;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 96; ++x) {
      error += std::abs(back.pictures[7].planes[0].row(y)[x] - expected.planes[0].row(y)[x]);
    }
  }
  EXPECT_LT(static_cast<double>(error) / (96 * 64), 6.0);
}

TEST_F(MediaFile, SourceAndDecoderGiveTheFramesOfTheReader) {
  for (const char* name : {"plain.mp4", "plain.mkv", "plain.mov"}) {
    const fs::path path = write_video(name, 45);
    const ReadBack expected = read_all(bytes_of(path));
    auto source = open_packet_source(path);
    ASSERT_TRUE(source) << name;
    auto decoder = open_decoder(*(*source)->tracks().video);
    ASSERT_TRUE(decoder) << name;
    const std::vector<Packet> packets = read_packets(**source);
    EXPECT_EQ(only(packets, TrackKind::Audio).size(), expected.sound.size()) << name;
    const std::vector<VideoFrame> frames = decode(**decoder, packets);
    ASSERT_EQ(frames.size(), expected.pictures.size()) << name;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(frames[i].pts, expected.pictures[i].pts) << name << i;
      EXPECT_EQ(frames[i].duration, expected.pictures[i].duration) << name << i;
      EXPECT_TRUE(same_pixels(frames[i], expected.pictures[i])) << name << i;
    }
  }
}

TEST_F(MediaFile, TellsWhatIsWrongWithAFile) {
  EXPECT_EQ(open_media_file(folder_ / "absent.mp4").error().code, ErrorCode::NotFound);
  EXPECT_EQ(open_media_file(folder_).error().code, ErrorCode::InvalidArgument);
  const auto text = open_media_file(write("text.mp4", "This is no video at all.\n"));
  EXPECT_EQ(text.error().code, ErrorCode::CorruptData);
  EXPECT_NE(text.error().message.find("text.mp4"), std::string::npos);
  EXPECT_EQ(open_media_file(write("empty.mp4", "")).error().code, ErrorCode::CorruptData);
  EXPECT_FALSE(open_media_bytes({}));
  EXPECT_FALSE(open_media_bytes(Bytes(100'000, 0x47)));
}

TEST_F(MediaFile, ATruncatedFileIsAClearErrorOrItsBeginning) {
  const Bytes whole = bytes_of(write_video("whole.mkv", 60));
  for (const std::size_t part : {std::size_t{40}, whole.size() / 2, whole.size() - 100}) {
    auto reader = open_media_bytes(Bytes(whole.begin(), whole.begin() + static_cast<long>(part)));
    if (!reader) continue;
    std::size_t pictures = 0;
    for (auto item = (*reader)->read({}); item; item = (*reader)->read({})) {
      if (std::holds_alternative<EndOfStream>(*item)) break;
      pictures += std::holds_alternative<VideoFrame>(*item);
    }
    EXPECT_LE(pictures, 60u);
  }
}

TEST_F(MediaFile, DoesNotFollowReferencesToOtherFiles) {
  const auto playlist = open_media_bytes([] {
    const std::string text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n";
    return Bytes(text.begin(), text.end());
  }());
  EXPECT_FALSE(playlist);
  EXPECT_NE(playlist.error().message.find("its container is not one of"), std::string::npos)
      << playlist.error().message;
}

// Sets the duration of the last sample of each track, and of the track.
void lengthen_last_sample(std::vector<fuzz::Mp4Box>& boxes, std::uint32_t ticks) {
  for (fuzz::Mp4Box& box : boxes) {
    if (box.name() == "stts" && fuzz::read_u32(box.fields, 4) == 1) {
      const std::uint32_t count = fuzz::read_u32(box.fields, 8);
      box.fields.resize(24);
      fuzz::write_u32(box.fields, 4, 2);
      fuzz::write_u32(box.fields, 8, count - 1);
      fuzz::write_u32(box.fields, 16, 1);
      fuzz::write_u32(box.fields, 20, ticks);
    }
    constexpr std::size_t kDuration = 16;
    if (box.name() == "edts") box.type = {'f', 'r', 'e', 'e'};
    if (box.name() == "mdhd") fuzz::write_u32(box.fields, kDuration, ticks);
    lengthen_last_sample(box.children, ticks);
  }
}

TEST_F(MediaFile, TheStatedEndOfTheLastFrameCountsForTheLimit) {
  CodedClip clip;
  clip.encoder = "png";
  clip.pixel_format = "rgb24";
  write_clip(folder_ / "clip.mov", clip);
  auto boxes = fuzz::parse_mp4(bytes_of(folder_ / "clip.mov"));
  lengthen_last_sample(boxes, 20'000'000);
  fuzz::follow_media_data(boxes);
  const Bytes file = fuzz::print_mp4(boxes);
  const auto reader =
      open_media_bytes(file, {.limits = MediaLimits{.chunk_duration = std::chrono::seconds(1)}});
  ASSERT_FALSE(reader);
  EXPECT_EQ(exceeded_limit(reader.error()), Limit::Duration);
}

TEST_F(MediaFile, MakesUpSilenceAlongThePictures) {
  const VideoFormat format = small_format();
  auto encoder = open_encoder({}, format);
  const auto muxer = SegmentMuxer::create();
  ASSERT_TRUE(muxer->open((*encoder)->tracks()));
  for (Packet& packet : encode(**encoder, format, 60)) {
    ASSERT_TRUE(muxer->write(std::move(packet)));
  }
  const Bytes silent = muxer->finish()->data;
  EXPECT_FALSE((*open_media_bytes(silent))->info().audio);

  auto reader = open_media_bytes(silent, {.missing_sound = [] { return AudioFormat{}; }});
  ASSERT_TRUE((*reader)->info().audio);
  MediaTime sound_end{0};
  for (auto item = (*reader)->read({}); !std::holds_alternative<EndOfStream>(*item);
       item = (*reader)->read({})) {
    if (const auto* packet = std::get_if<Packet>(&*item)) {
      EXPECT_EQ(packet->pts, sound_end);
      sound_end = packet->pts + packet->duration;
    }
  }
  EXPECT_GE(sound_end, MediaTime(std::chrono::seconds(2)));
  EXPECT_LT(sound_end, MediaTime(std::chrono::milliseconds(2022)));
}

TEST_F(MediaFile, StopsWhenAsked) {
  auto reader = open_media_file(write_video("stop.mp4", 10));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ((*reader)->read(stop.get_token()).error().code, ErrorCode::Cancelled);
}

TEST_F(MediaFile, AnUnfinishedFileNeverAppears) {
  {
    auto muxer = FileMuxer::create(folder_ / "half.mp4");
    ASSERT_TRUE(muxer);
    EXPECT_TRUE(fs::exists(folder_ / "half.mp4.part"));
    EXPECT_FALSE((*muxer)->finish());
  }
  EXPECT_FALSE(fs::exists(folder_ / "half.mp4"));
  EXPECT_FALSE(fs::exists(folder_ / "half.mp4.part"));
}

TEST_F(MediaFile, AWrongNameOrFolderIsAClearError) {
  EXPECT_EQ(FileMuxer::create(folder_ / "video.xyz").error().code, ErrorCode::Unsupported);
  EXPECT_EQ(FileMuxer::create(folder_ / "nowhere" / "a.mp4").error().code, ErrorCode::NotFound);
}

TEST(SegmentMuxer, RefusesWhatIsNoSegment) {
  Tracks tracks;
  tracks.video = VideoTrack{};
  const auto muxer = SegmentMuxer::create();
  EXPECT_FALSE(muxer->open({}));
  EXPECT_TRUE(muxer->open(tracks));
  EXPECT_EQ(muxer->finish().error().code, ErrorCode::InvalidArgument);
  Packet packet;
  packet.data = {0, 0, 0, 1, 0x41};
  EXPECT_TRUE(muxer->write(packet));
  EXPECT_NE(muxer->finish().error().message.find("keyframe"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::media
