#include <gtest/gtest.h>

#include <algorithm>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <streamkit/worker/isolated_converter.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::worker {
namespace {

constexpr MediaTime kChunk = std::chrono::milliseconds(500);
constexpr StereoMode kMode = StereoMode::LeftView;
constexpr HdrMetadata kHdr{{34'000, 16'000},
                           {13'250, 34'500},
                           {7'500, 3'000},
                           {15'635, 16'450},
                           10'000'000,
                           50,
                           1'000,
                           400};
// White in 8 bits, and where PQ has it at 203 nits in 10 bits.
constexpr int kSdrWhite = 235;
constexpr int kPqWhite = 573;

VideoFormat hdr_format() {
  VideoFormat format = media::small_format();
  format.pixel_format = PixelFormat::I420P10;
  format.matrix = ColorMatrix::Bt2020;
  format.primaries = ColorPrimaries::Bt2020;
  format.transfer = ColorTransfer::Pq;
  return format;
}

VideoFrame draw_white(const VideoFormat& format, std::int64_t n) {
  FramePool pool;
  WritableFrame frame = pool.acquire(format);
  for (int i = 0; i < 3; ++i) {
    for (int y = 0; y < frame.plane(i).height_px; ++y) {
      std::uint8_t* row = frame.plane(i).row(y);
      const int width = frame.plane(i).width_px;
      if (format.pixel_format == PixelFormat::I420) {
        std::fill_n(row, width, static_cast<std::uint8_t>(i == 0 ? kSdrWhite : 128));
      } else {
        std::fill_n(reinterpret_cast<std::uint16_t*>(row), width,
                    static_cast<std::uint16_t>(i == 0 ? kPqWhite : 512));
      }
    }
  }
  return std::move(frame).publish(format.frame_rate.time_of(n), format.frame_rate.frame_duration());
}

// A white chunk that begins a stream.
Bytes chunk_of(const VideoFormat& format) {
  media::EncoderOptions options;
  options.chunk_duration = kChunk;
  options.preset = "ultrafast";
  options.crf = 8;
  if (format.pixel_format != PixelFormat::I420) options.hdr = kHdr;
  auto encoder = media::open_encoder(options, format, AudioFormat{}).value();
  auto chunker = media::open_chunker({kChunk}, encoder->tracks()).value();
  for (Packet& packet : media::encode(*encoder, format, 15, draw_white)) {
    EXPECT_TRUE(chunker->push(std::move(packet)));
  }
  auto chunks = chunker->flush().value();
  EXPECT_EQ(chunks.size(), 1u);
  return std::move(chunks.front().data);
}

SegmentConverter converter(bool keep_hdr, media::VideoCodec codec = media::VideoCodec::H264) {
  return SegmentConverter({}, {.preset = "ultrafast", .crf = 8, .codec = codec}, flat_depth(0.5),
                          keep_hdr);
}

Segment convert(const ChunkConverter& converter, Bytes chunk,
                const std::optional<StreamFormat>& stream = {}, StereoMode mode = kMode) {
  const SegmentPlace first{.chunk_duration = kChunk};
  const SegmentPlace later{
      .index = 1, .chunk_duration = kChunk, .expected_start = kChunk, .expected_audio = kChunk};
  const ConversionHooks hooks{[] {}, [&] { return stream; }, {}};
  auto segment = converter.convert(std::move(chunk), mode, stream ? later : first,
                                   SegmentKind::Flat, hooks, {});
  if (!segment) ADD_FAILURE() << to_string(segment.error());
  return segment ? *std::move(segment) : Segment{};
}

MediaInfo info_of(const Bytes& segment) {
  return media::open_media_bytes(segment, {.keep_hdr = true}).value()->info();
}

// Luma in the middle of the first frame.
int luma_of(const Bytes& segment) {
  const auto reader = media::open_media_bytes(segment, {.keep_hdr = true}).value();
  for (;;) {
    const auto item = reader->read({}).value();
    const auto* frame = std::get_if<VideoFrame>(&item);
    if (frame == nullptr) continue;
    const std::uint8_t* row = frame->planes[0].row(32);
    if (frame->format.pixel_format == PixelFormat::I420) return row[48];
    return reinterpret_cast<const std::uint16_t*>(row)[48];
  }
}

void expect_hdr(const Segment& segment, int luma) {
  const MediaInfo info = info_of(segment.file.data);
  EXPECT_EQ(info.video_codec, "hevc");
  EXPECT_EQ(info.video.pixel_format, PixelFormat::I420P10);
  EXPECT_EQ(info.video.transfer, ColorTransfer::Pq);
  EXPECT_EQ(info.video.primaries, ColorPrimaries::Bt2020);
  EXPECT_EQ(info.hdr, kHdr);
  EXPECT_NEAR(luma_of(segment.file.data), luma, 4);
}

void expect_sdr(const Segment& segment, std::string_view codec) {
  const MediaInfo info = info_of(segment.file.data);
  EXPECT_EQ(info.video_codec, codec);
  EXPECT_EQ(info.video.pixel_format, PixelFormat::I420);
  EXPECT_FALSE(info.stores_hdr);
}

StreamFormat hdr_stream() {
  return converter(true).format_of(chunk_of(hdr_format()), kMode, {}).value();
}

TEST(HdrChunks, StayHdrIfItIsKept) {
  const Segment segment = convert(converter(true), chunk_of(hdr_format()));
  expect_hdr(segment, kPqWhite);
  ASSERT_EQ(segment.notes.size(), 1u);
  EXPECT_NE(segment.notes[0].find("kept as HDR"), std::string::npos);
  const Bytes& file = segment.file.data;
  for (const std::string_view box : {"hvc1", "colr", "mdcv", "clli"}) {
    EXPECT_NE(std::search(file.begin(), file.end(), box.begin(), box.end()), file.end()) << box;
  }
  const StreamFormat derived = hdr_stream();
  const StreamFormat stored = converter(false).stored_format(segment.file.data, {}).value();
  for (const StreamFormat& stream : {derived, stored}) {
    EXPECT_EQ(stream.video, segment.video);
    EXPECT_EQ(stream.video_codec, "hevc");
    EXPECT_EQ(stream.hdr, kHdr);
  }
}

TEST(HdrChunks, AreSdrOtherwiseAndInAnaglyphs) {
  expect_sdr(convert(converter(false), chunk_of(hdr_format())), "h264");
  expect_sdr(convert(converter(true), chunk_of(hdr_format()), {}, StereoMode::AnaglyphDubois),
             "h264");
  expect_sdr(convert(converter(true), chunk_of(media::small_format())), "h264");
}

TEST(HdrChunks, OfAnSdrStreamAreToneMapped) {
  const auto stream = converter(true).format_of(chunk_of(media::small_format()), kMode, {}).value();
  const Segment segment = convert(converter(true), chunk_of(hdr_format()), stream);
  expect_sdr(segment, "h264");
  ASSERT_EQ(segment.notes.size(), 1u);
  EXPECT_NE(segment.notes[0].find("tone-mapped"), std::string::npos);
}

TEST(HdrChunks, AnSdrChunkGetsTheHdrOfItsStream) {
  const Segment segment = convert(converter(false), chunk_of(media::small_format()), hdr_stream());
  expect_hdr(segment, kPqWhite);
  ASSERT_EQ(segment.notes.size(), 1u);
  EXPECT_NE(segment.notes[0].find("converted to the HDR"), std::string::npos);
}

TEST(HdrChunks, AFillerHasTheDepthAndTheStatementsOfItsStream) {
  const SegmentPlace place{.index = 1, .chunk_duration = kChunk, .expected_start = kChunk};
  const auto black = converter(false).filler(place, kMode, {.stream = hdr_stream()}, {});
  ASSERT_TRUE(black) << to_string(black.error());
  expect_hdr(*black, 64);
}

TEST(HdrChunks, AStreamKeepsItsCodec) {
  const Bytes chunk = chunk_of(media::small_format());
  const auto stream = converter(false, media::VideoCodec::Hevc).format_of(chunk, kMode, {}).value();
  expect_sdr(convert(converter(false), chunk, stream), "hevc");
}

TEST(HdrChunks, AreConvertedWithoutRights) {
  const auto isolated = IsolatedConverter::create({.program = STREAMKIT_CONVERSION_CHILD}).value();
  const StreamFormat stream = hdr_stream();
  const Segment segment = convert(*isolated, chunk_of(hdr_format()), stream);
  expect_hdr(segment, kPqWhite);
  const auto stored = isolated->stored_format(segment.file.data, {});
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->video, stream.video);
  EXPECT_EQ(stored->video_codec, "hevc");
  EXPECT_EQ(stored->hdr, kHdr);
}

}  // namespace
}  // namespace streamkit::worker
