#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <string_view>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

using std::chrono::milliseconds;

constexpr FramePacking kBeside{FrameArrangement::SideBySide};

EncoderOptions hevc(MediaTime chunk = MediaTime{0}) {
  return {.chunk_duration = chunk, .preset = "ultrafast", .codec = VideoCodec::Hevc};
}

std::set<int> nal_types(const Bytes& data) {
  std::set<int> types;
  for (std::size_t i = 0; i + 3 < data.size(); ++i) {
    if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) types.insert(data[i + 3] >> 1 & 0x3F);
  }
  return types;
}

bool contains(const Bytes& bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
}

Bytes file_of(Encoder& encoder, const VideoFormat& format, const char* extension) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("streamkit-hevc-" + std::to_string(::getpid()) + extension);
  auto muxer = FileMuxer::create(path).value();
  EXPECT_TRUE(muxer->open(encoder.tracks()));
  for (Packet& packet : only(encode(encoder, format, 40), TrackKind::Video)) {
    EXPECT_TRUE(muxer->write(std::move(packet)));
  }
  EXPECT_TRUE(muxer->finish());
  std::ifstream file(path, std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  return bytes;
}

TEST(Hevc, PutsAnIdrWithParameterSetsAtEveryBoundaryAndNowhereElse) {
  constexpr int kIdrWithRadl = 19;
  constexpr int kIdrAlone = 20;
  for (const FrameRate rate : {FrameRate{24, 1}, FrameRate{30000, 1001}}) {
    const VideoFormat format = small_format(rate);
    const auto encoder = open_encoder(hevc(milliseconds(700)), format).value();
    EXPECT_EQ(encoder->tracks().video->codec, "hevc");
    const ChunkGrid grid{milliseconds(700)};
    MediaTime previous{-1};
    for (const Packet& packet : only(encode(*encoder, format, 60), TrackKind::Video)) {
      const bool boundary = previous < MediaTime{0} || grid.starts_chunk(previous, packet.pts);
      const auto types = nal_types(packet.data);
      EXPECT_EQ(packet.keyframe, boundary) << to_seconds(packet.pts);
      EXPECT_EQ(packet.dts, packet.pts);
      EXPECT_EQ(types.contains(kIdrWithRadl) || types.contains(kIdrAlone), boundary);
      if (boundary) {
        EXPECT_TRUE(types.contains(32) && types.contains(33) && types.contains(34));
      }
      previous = packet.pts;
    }
  }
}

TEST(Hevc, KeepsEveryTimestampWithBFrames) {
  EncoderOptions options = hevc();
  options.b_frames = 3;
  options.preset = "medium";
  const VideoFormat format = small_format();
  const auto video =
      only(encode(*open_encoder(options, format).value(), format, 60), TrackKind::Video);
  std::set<MediaTime> times;
  MediaTime last_dts = MediaTime::min();
  for (const Packet& packet : video) {
    times.insert(packet.pts);
    EXPECT_GT(packet.dts, last_dts);
    EXPECT_LE(packet.dts, packet.pts);
    last_dts = packet.dts;
  }
  EXPECT_EQ(times.size(), 60u);
  EXPECT_EQ(*times.rbegin(), format.frame_rate.time_of(59));
}

TEST(Hevc, FilesAndSegmentsHaveTheEntryThatApplesPlayersTake) {
  const VideoFormat format = small_format();
  for (const char* extension : {".mp4", ".mov"}) {
    const Bytes file = file_of(*open_encoder(hevc(), format).value(), format, extension);
    EXPECT_TRUE(contains(file, "hvc1") && contains(file, "hvcC")) << extension;
    EXPECT_EQ(read_all(file).pictures.size(), 40u) << extension;
  }
  EXPECT_EQ(
      read_all(file_of(*open_encoder(hevc(), format).value(), format, ".mkv")).pictures.size(),
      40u);
  auto encoder = open_encoder(hevc(milliseconds(500)), format).value();
  const auto muxer = SegmentMuxer::create();
  ASSERT_TRUE(muxer->open({encoder->tracks().video, {}}));
  for (Packet& packet : only(encode(*encoder, format, 20), TrackKind::Video)) {
    ASSERT_TRUE(muxer->write(std::move(packet)));
  }
  const Chunk segment = muxer->finish().value();
  EXPECT_TRUE(contains(segment.data, "hvc1"));
  EXPECT_EQ(read_all(segment.data).pictures.size(), 20u);
}

TEST(Hevc, KeyframesStateHowViewsArePacked) {
  const Bytes sei = frame_packing_sei(kBeside, VideoCodec::Hevc);
  // 1 0 0000011 0 000001 000000, 24 zeros, 1 0; a 3 stands after two zeros, and 0x80 at the end.
  EXPECT_EQ(sei, Bytes({0x4E, 1, 45, 6, 0x81, 0x81, 0, 0, 3, 0, 0x02, 0x80}));
  EXPECT_TRUE(frame_packing_sei({FrameArrangement::RowInterleaved}, VideoCodec::Hevc).empty());
  const auto factory =
      announce_frame_packing(video_encoder_factory(hevc(milliseconds(500))), kBeside);
  const VideoFormat format = small_format();
  int keyframes = 0;
  for (const Packet& packet : encode(*factory(format).value(), format, 40)) {
    if (packet.track != TrackKind::Video) continue;
    const auto found = std::search(packet.data.begin(), packet.data.end(), sei.begin(), sei.end());
    EXPECT_EQ(found != packet.data.end(), packet.keyframe);
    keyframes += packet.keyframe;
  }
  EXPECT_EQ(keyframes, 3);
}

TEST(Hevc, TakesLengthsOfAnHvccRecord) {
  Bytes record(23, 0);
  record[0] = 1;
  record[21] = 0xFC | 1;
  record.push_back(0);
  const NalFraming framing = nal_framing(record, VideoCodec::Hevc);
  EXPECT_EQ(framing.length_bytes, 2);
  const Bytes sei = {0x4E, 1, 45};
  Bytes picture = {0, 2, 0x42, 1, 0, 3, 0x26, 1, 7};
  ASSERT_TRUE(insert_sei(picture, framing, sei));
  EXPECT_EQ(picture, Bytes({0, 2, 0x42, 1, 0, 3, 0x4E, 1, 45, 0, 3, 0x26, 1, 7}));
}

constexpr HdrMetadata kHdr{{34'000, 16'000},
                           {13'250, 34'500},
                           {7'500, 3'000},
                           {15'635, 16'450},
                           10'000'000,
                           50,
                           1'000,
                           400};

VideoFormat hdr_format(ColorTransfer transfer = ColorTransfer::Pq) {
  VideoFormat format = small_format();
  format.pixel_format = PixelFormat::I420P10;
  format.matrix = ColorMatrix::Bt2020;
  format.primaries = ColorPrimaries::Bt2020;
  format.transfer = transfer;
  return format;
}

int slope_at(int x, std::int64_t n) { return 64 + 8 * x + static_cast<int>(n); }

// A slope in steps that 8 bits do not have; it moves.
VideoFrame draw_slope(const VideoFormat& format, std::int64_t n) {
  FramePool pool;
  WritableFrame frame = pool.acquire(format);
  for (int i = 0; i < 3; ++i) {
    for (int y = 0; y < frame.plane(i).height_px; ++y) {
      auto* row = reinterpret_cast<std::uint16_t*>(frame.plane(i).row(y));
      for (int x = 0; x < frame.plane(i).width_px; ++x) {
        row[x] = static_cast<std::uint16_t>(i == 0 ? slope_at(x, n) : 512);
      }
    }
  }
  return std::move(frame).publish(format.frame_rate.time_of(n), format.frame_rate.frame_duration());
}

class HevcHdr : public testing::Test {
 protected:
  // Writes frames of HDR; the metadata only in the coded video, or in the container too.
  std::filesystem::path write(const char* extension, const VideoFormat& format, bool container) {
    path_ = std::filesystem::temp_directory_path() /
            ("streamkit-hdr-" + std::to_string(::getpid()) + extension);
    EncoderOptions options = hevc();
    options.crf = 4;
    options.hdr = format.transfer == ColorTransfer::Pq ? kHdr : HdrMetadata{};
    options.codec = VideoCodec::H264;  // 10 bits are HEVC nevertheless
    auto encoder = open_encoder(options, format).value();
    Tracks tracks = encoder->tracks();
    EXPECT_EQ(tracks.video->codec, "hevc");
    EXPECT_EQ(tracks.video->hdr, options.hdr);
    if (!container) tracks.video->hdr = {};
    auto muxer = FileMuxer::create(path_).value();
    EXPECT_TRUE(muxer->open(tracks));
    for (Packet& packet : encode(*encoder, format, 12, draw_slope)) {
      EXPECT_TRUE(packet.track != TrackKind::Video || muxer->write(std::move(packet)));
    }
    EXPECT_TRUE(muxer->finish());
    return path_;
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_;
};

TEST_F(HevcHdr, ComesBackWithItsColoursAndMetadata) {
  for (const char* extension : {".mp4", ".mkv"}) {
    for (const bool container : {true, false}) {
      auto reader = open_media_file(write(extension, hdr_format(), container), {.keep_hdr = true});
      ASSERT_TRUE(reader) << to_string(reader.error());
      VideoFormat expected = hdr_format();
      expected.frame_rate = (*reader)->info().video.frame_rate;
      EXPECT_EQ((*reader)->info().video, expected);
      EXPECT_EQ((*reader)->info().hdr, kHdr) << extension << " " << container;
      const auto item = (*reader)->read({});
      ASSERT_TRUE(item && std::holds_alternative<VideoFrame>(*item));
      const auto& frame = std::get<VideoFrame>(*item);
      const auto* row = reinterpret_cast<const std::uint16_t*>(frame.planes[0].row(20));
      for (int x = 0; x < 96; ++x) EXPECT_NEAR(row[x], slope_at(x, 0), 3);
      std::filesystem::remove(path_);
    }
  }
}

TEST_F(HevcHdr, Mp4HasTheBoxes) {
  std::ifstream file(write(".mp4", hdr_format(), true), std::ios::binary);
  const Bytes bytes(std::istreambuf_iterator<char>(file), {});
  for (const char* name : {"hvc1", "colr", "mdcv", "clli"})
    EXPECT_TRUE(contains(bytes, name)) << name;
}

TEST_F(HevcHdr, HlgStaysHlgAndIsOtherwiseSdr) {
  write(".mp4", hdr_format(ColorTransfer::Hlg), true);
  const auto kept = open_media_file(path_, {.keep_hdr = true}).value();
  EXPECT_EQ(kept->info().video.transfer, ColorTransfer::Hlg);
  EXPECT_EQ(kept->info().hdr, HdrMetadata{});
  const auto mapped = open_media_file(path_).value();
  EXPECT_EQ(mapped->info().video.pixel_format, PixelFormat::I420);
  EXPECT_EQ(mapped->info().video.transfer, ColorTransfer::Bt709);
}

}  // namespace
}  // namespace streamkit::media
