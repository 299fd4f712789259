#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

constexpr FramePacking kBeside{FrameArrangement::SideBySide};
constexpr FramePacking kOver{FrameArrangement::TopBottom};
const Bytes kSei = {6, 45, 1, 9, 0x80};

VideoEncoderFactory encoders(MediaTime chunk = std::chrono::seconds(1)) {
  return video_encoder_factory({.chunk_duration = chunk, .preset = "ultrafast"});
}

// The bytes of each NAL unit behind start codes.
std::vector<Bytes> nal_units(const Bytes& picture) {
  std::vector<Bytes> found;
  std::size_t zeros = 0;
  for (const std::uint8_t byte : picture) {
    if (byte == 1 && zeros >= 2) {
      if (!found.empty()) found.back().resize(found.back().size() - zeros);
      found.emplace_back();
    } else if (!found.empty()) {
      found.back().push_back(byte);
    }
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  return found;
}

// The content of the first box at the path of types; empty when there is none. What stands before
// the boxes in a sample entry and its table is passed over.
std::span<const std::uint8_t> box(std::span<const std::uint8_t> bytes,
                                  std::vector<std::string> path) {
  while (bytes.size() >= 8) {
    const std::size_t size = std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 |
                             std::size_t{bytes[2]} << 8 | bytes[3];
    if (size < 8 || size > bytes.size()) return {};
    const std::string type(bytes.begin() + 4, bytes.begin() + 8);
    if (type == path.front()) {
      const auto content = bytes.subspan(8, size - 8);
      if (path.size() == 1) return content;
      path.erase(path.begin());
      const std::size_t fields = type == "stsd" ? 8 : type == "avc1" ? 78 : 0;
      return box(content.subspan(fields), path);
    }
    bytes = bytes.subspan(size);
  }
  return {};
}

Bytes stereo_box(const Bytes& file) {
  const auto content = box(file, {"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1", "st3d"});
  return Bytes(content.begin(), content.end());
}

Bytes file_of(Encoder& encoder, const char* extension) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("streamkit-packing-" + std::to_string(::getpid()) + extension);
  auto muxer = FileMuxer::create(path).value();
  EXPECT_TRUE(muxer->open(encoder.tracks()));
  for (Packet& packet : only(encode(encoder, small_format(), 40), TrackKind::Video)) {
    EXPECT_TRUE(muxer->write(std::move(packet)));
  }
  EXPECT_TRUE(muxer->finish());
  std::ifstream file(path, std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  return bytes;
}

TEST(FramePackingSei, IsWrittenAsTheStandardHasIt) {
  // 1 0 0000011 0 000001 000000, 24 zeros, 010 0, then a one and zeros up to the byte; a 3 stands
  // after two zeros, and 0x80 at the end.
  EXPECT_EQ(frame_packing_sei(kBeside),
            Bytes({6, 45, 7, 0x81, 0x81, 0, 0, 3, 0, 0x01, 0x20, 0x80}));
  EXPECT_EQ(frame_packing_sei(kOver), Bytes({6, 45, 7, 0x82, 0x01, 0, 0, 3, 0, 0x01, 0x20, 0x80}));
  EXPECT_EQ(frame_packing_sei({FrameArrangement::RowInterleaved, true}),
            Bytes({6, 45, 7, 0x81, 0x02, 0, 0, 3, 0, 0x01, 0x20, 0x80}));
}

TEST(FramePackingSei, StandsBeforeTheFirstSliceBehindEverythingElse) {
  const Bytes picture = {0, 0, 0, 1,    9, 0xF0, 0, 0, 0,    1, 0x67, 1, 2, 0, 0,    1, 6,
                         5, 1, 7, 0x80, 0, 0,    0, 1, 0x65, 8, 8,    0, 0, 1, 0x65, 7};
  Bytes changed = picture;
  ASSERT_TRUE(insert_sei(changed, {}, kSei));
  const std::vector<Bytes> units = nal_units(changed);
  ASSERT_EQ(units.size(), 6U);
  EXPECT_EQ(units[3], kSei);
  EXPECT_EQ(units[4].front(), 0x65);
  std::vector<Bytes> rest = units;
  rest.erase(rest.begin() + 3);
  EXPECT_EQ(rest, nal_units(picture));
}

TEST(FramePackingSei, TakesLengthsOfAnySize) {
  for (int size = 1; size <= 4; ++size) {
    const auto framed = [&](const std::vector<Bytes>& units) {
      Bytes bytes;
      for (const Bytes& unit : units) {
        bytes.insert(bytes.end(), static_cast<std::size_t>(size) - 1, 0);
        bytes.push_back(static_cast<std::uint8_t>(unit.size()));
        bytes.insert(bytes.end(), unit.begin(), unit.end());
      }
      return bytes;
    };
    const Bytes options = {1, 66, 0, 30, static_cast<std::uint8_t>(0xFC | (size - 1)), 0xE1, 0};
    EXPECT_EQ(nal_framing(options).length_bytes, size);
    const Bytes parameters = {0x67, 0, 0, 1, 0x65};
    const Bytes slice = {0x65, 1, 2};
    Bytes picture = framed({parameters, slice, slice});
    ASSERT_TRUE(insert_sei(picture, nal_framing(options), kSei));
    EXPECT_EQ(picture, framed({parameters, kSei, slice, slice})) << size;
  }
  EXPECT_EQ(nal_framing(Bytes{0, 0, 0, 1, 0x67, 1, 2}).length_bytes, 0);
  EXPECT_EQ(nal_framing({}).length_bytes, 0);
}

TEST(FramePackingSei, LeavesWhatHasNoSliceAsItIs) {
  const std::pair<Bytes, NalFraming> cases[] = {{{}, {}},
                                                {{0, 0, 1}, {}},
                                                {{0, 0, 1, 0x67, 1, 2, 3}, {}},
                                                {{}, {4}},
                                                {{0, 0, 0}, {4}},
                                                {{0, 0, 0, 9, 0x65}, {4}},
                                                {{0xFF, 0xFF, 0xFF, 0xFF, 0x65}, {4}},
                                                {{0, 0, 0, 0}, {4}},
                                                {{0, 0, 0, 1, 0x67}, {4}}};
  for (const auto& [bytes, framing] : cases) {
    Bytes picture = bytes;
    EXPECT_FALSE(insert_sei(picture, framing, kSei));
    EXPECT_EQ(picture, bytes);
  }
}

TEST(FramePackingSei, StandsInEveryKeyframeAndInNoOtherPicture) {
  auto encoder = announce_frame_packing(encoders(), kOver)(small_format()).value();
  EXPECT_EQ(encoder->tracks().video->packing, kOver);
  int keyframes = 0;
  for (const Packet& packet : encode(*encoder, small_format(), 75)) {
    if (packet.track != TrackKind::Video) continue;
    int announcements = 0;
    for (const Bytes& unit : nal_units(packet.data))
      announcements += unit == frame_packing_sei(kOver);
    EXPECT_EQ(announcements, packet.keyframe ? 1 : 0);
    keyframes += packet.keyframe;
  }
  EXPECT_EQ(keyframes, 3);
}

TEST(FramePackingSei, NothingIsAnnouncedOfOneView) {
  auto encoder = announce_frame_packing(encoders(), {})(small_format()).value();
  auto plain = encoders()(small_format()).value();
  const auto announced = encode(*encoder, small_format(), 5);
  const auto expected = encode(*plain, small_format(), 5);
  ASSERT_EQ(announced.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(announced[i].data, expected[i].data);
  EXPECT_TRUE(stereo_box(file_of(*encoders({})(small_format()).value(), ".mp4")).empty());
}

TEST(FramePackingSei, FilesAndSegmentsCarryTheBox) {
  // A version and flags, then 1 for top-bottom and 2 for left-right.
  const std::pair<FramePacking, Bytes> cases[] = {{kBeside, {0, 0, 0, 0, 2}},
                                                  {kOver, {0, 0, 0, 0, 1}},
                                                  {{FrameArrangement::SideBySide, true}, {}},
                                                  {{FrameArrangement::RowInterleaved}, {}}};
  for (const auto& [packing, expected] : cases) {
    const auto open = [&, packing = packing] {
      return announce_frame_packing(encoders(), packing)(small_format()).value();
    };
    EXPECT_EQ(stereo_box(file_of(*open(), ".mp4")), expected);

    auto encoder = open();
    const auto muxer = SegmentMuxer::create();
    ASSERT_TRUE(muxer->open({encoder->tracks().video, {}}));
    for (Packet& packet : only(encode(*encoder, small_format(), 20), TrackKind::Video)) {
      ASSERT_TRUE(muxer->write(std::move(packet)));
    }
    const Chunk segment = muxer->finish().value();
    EXPECT_EQ(stereo_box(segment.data), expected);
    EXPECT_EQ(read_all(segment.data).pictures.size(), 20U);
  }
}

TEST(FramePackingSei, HalfSpheresAreTold) {
  const std::vector<std::string> path = {"moov", "trak", "mdia", "minf", "stbl",
                                         "stsd", "avc1", "sv3d", "proj", "equi"};
  const auto file_with = [&](const FramePacking& packing) {
    return file_of(*announce_frame_packing(encoders(), packing)(small_format()).value(), ".mp4");
  };
  const Bytes file = file_with(frame_packing(StereoMode::Vr180));
  EXPECT_EQ(stereo_box(file), Bytes({0, 0, 0, 0, 2}));
  const auto bounds = box(file, path);
  // A version and flags, then what is missing at the top, bottom, left and right: of a circle's
  // 2^32 a quarter at either side.
  EXPECT_EQ(Bytes(bounds.begin(), bounds.end()),
            Bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0x40, 0, 0, 0}));
  EXPECT_TRUE(box(file_with(kBeside), path).empty());
}

class Failing final : public Encoder {
 public:
  const Tracks& tracks() const noexcept override { return tracks_; }
  Result<std::vector<Packet>> push(const VideoFrame&) override {
    return Error{ErrorCode::Internal, "broken"};
  }
  Result<std::vector<Packet>> push(const AudioFrame&) override { return std::vector<Packet>{}; }
  Result<std::vector<Packet>> flush() override {
    Packet packet;
    packet.keyframe = true;
    packet.data = {0, 0, 1, 0x67};
    return std::vector<Packet>{packet};
  }

 private:
  Tracks tracks_{VideoTrack{}, {}};
};

TEST(FramePackingSei, PassesTheEncodersFailuresOn) {
  const VideoEncoderFactory none = [](const VideoFormat&) -> Result<std::unique_ptr<Encoder>> {
    return Error{ErrorCode::Unsupported, "no encoder"};
  };
  EXPECT_EQ(announce_frame_packing(none, kOver)(small_format()).error().code,
            ErrorCode::Unsupported);
  const VideoEncoderFactory failing = [](const VideoFormat&) {
    return Result<std::unique_ptr<Encoder>>(std::make_unique<Failing>());
  };
  auto encoder = announce_frame_packing(failing, kOver)(small_format()).value();
  EXPECT_EQ(encoder->push(make_picture(small_format(), 0)).error().message, "broken");
  EXPECT_EQ(encoder->flush().error().code, ErrorCode::Internal) << "a keyframe without a slice";
}

}  // namespace
}  // namespace streamkit::media
