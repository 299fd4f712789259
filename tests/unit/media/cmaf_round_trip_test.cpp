#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <streamkit/media/cmaf_packager.hpp>
#include <streamkit/media/packet_source.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/cmaf_test_support.hpp"
#include "media/coded_clip.hpp"
#include "media/decoder_record.hpp"
#include "media/init_section.hpp"
#include "media/media_test_support.hpp"
#include "media/nal_units.hpp"
#include "media/sequence_header.hpp"

// What players get: FFmpeg reads it back.
namespace streamkit::media {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Coded {
  Tracks tracks;
  std::vector<Packet> packets;
};

Coded encode_clip(const EncoderOptions& options, FrameRate rate, std::int64_t frames,
                  int width_px = 96) {
  VideoFormat format = small_format(rate);
  format.width_px = width_px;
  auto encoder = open_encoder(options, format, AudioFormat{});
  if (!encoder) ADD_FAILURE() << to_string(encoder.error());
  Coded coded{(*encoder)->tracks(), encode(**encoder, format, frames)};
  std::stable_sort(coded.packets.begin(), coded.packets.end(),
                   [](const Packet& a, const Packet& b) { return a.dts < b.dts; });
  return coded;
}

// The same in a container, whose packets have lengths instead of start codes.
Coded contained(const Coded& coded) {
  const auto muxer = SegmentMuxer::create();
  EXPECT_TRUE(muxer->open(coded.tracks));
  for (Packet packet : coded.packets) {
    packet.pts += seconds(3);
    packet.dts += seconds(3);
    EXPECT_TRUE(muxer->write(packet));
  }
  auto chunk = muxer->finish();
  EXPECT_TRUE(chunk);
  auto source = open_packet_source(chunk->data);
  EXPECT_TRUE(source);
  return {(*source)->tracks(), read_packets(**source)};
}

EncoderOptions one_second_gops() {
  EncoderOptions options;
  options.chunk_duration = seconds(1);
  options.preset = "ultrafast";
  options.threads = 1;
  return options;
}

RecordingTrackSink package(const Coded& coded, const CmafOptions& options = {}) {
  RecordingTrackSink sink;
  auto packager = CmafPackager::create(cmaf_tracks(coded.tracks), sink, options);
  EXPECT_TRUE(packager);
  push_all(**packager, coded.packets);
  const auto flushed = (*packager)->flush();
  EXPECT_TRUE(flushed) << to_string(flushed.error());
  return sink;
}

void expect_same_times(const std::vector<Packet>& back, const std::vector<Packet>& sent,
                       MediaTime tolerance = MediaTime{0}) {
  ASSERT_EQ(back.size(), sent.size());
  const MediaTime offset = sent[0].pts - back[0].pts;
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_LE(std::chrono::abs(back[i].pts + offset - sent[i].pts), tolerance) << i;
    EXPECT_LE(std::chrono::abs(back[i].dts + offset - sent[i].dts), tolerance) << i;
    EXPECT_EQ(back[i].keyframe, sent[i].keyframe) << i;
  }
}

TEST(CmafRoundTrip, PacketsComeBackBitForBitWithTheSameTimes) {
  for (const FrameRate rate : {FrameRate{25, 1}, FrameRate{30000, 1001}, FrameRate{24000, 1001}}) {
    for (const int b_frames : {0, 2}) {
      EncoderOptions options = one_second_gops();
      options.b_frames = b_frames;
      if (b_frames > 0) options.preset = "veryfast";
      const Coded coded = contained(encode_clip(options, rate, 110));
      RecordingTrackSink sink = package(coded);
      const auto video = only(coded.packets, TrackKind::Video);
      const auto audio = only(coded.packets, TrackKind::Audio);
      const auto back = read_fragments(sink.file(0));
      expect_same_times(back, video);
      for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i].data, video[i].data) << i;
      const auto heard = read_fragments(sink.file(1));
      ASSERT_LE(heard.size(), audio.size());
      ASSERT_GE(heard.size() + 5, audio.size()) << "but what comes before the first picture";
      const auto first = audio.end() - static_cast<std::ptrdiff_t>(heard.size());
      expect_same_times(heard, {first, audio.end()});
      for (std::size_t i = 0; i < heard.size(); ++i)
        EXPECT_EQ(heard[i].data, first[static_cast<std::ptrdiff_t>(i)].data);
      // Audio and video keep their distance, to within half a sample of audio.
      EXPECT_LE(std::chrono::abs((first->pts - video[0].pts) - (heard[0].pts - back[0].pts)),
                from_ticks(1, 1, 96'000));
    }
  }
}

TEST(CmafRoundTrip, StartCodesBecomeLengths) {
  const Coded coded = encode_clip(one_second_gops(), {30, 1}, 70);
  RecordingTrackSink sink = package(coded);
  const auto video = only(coded.packets, TrackKind::Video);
  const auto back = read_fragments(sink.file(0));
  expect_same_times(back, video);
  const Bytes avcc = {1, 0x64, 0, 0x1F, 0xFF, 0xE0, 0};
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(units_of(back[i], avcc), units_of(video[i], {})) << i;
  }
}

TEST(CmafRoundTrip, LengthsOfTwoBytesBecomeFour) {
  Coded coded = contained(encode_clip(one_second_gops(), {30, 1}, 40));
  const Bytes with_four = coded.tracks.video->codec_config;
  coded.tracks.video->codec_config[4] = 0xFD;
  for (Packet& packet : coded.packets) {
    if (packet.track != TrackKind::Video) continue;
    Bytes shorter;
    for (const NalUnit unit : nal_units(packet.data, {4, VideoCodec::H264})) {
      shorter.push_back(static_cast<std::uint8_t>(unit.size() >> 8));
      shorter.push_back(static_cast<std::uint8_t>(unit.size()));
      shorter.insert(shorter.end(), unit.begin(), unit.end());
    }
    packet.data = shorter;
  }
  RecordingTrackSink sink = package(coded);
  const auto video = only(coded.packets, TrackKind::Video);
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), video.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(units_of(back[i], with_four), units_of(video[i], coded.tracks.video->codec_config));
  }
}

TEST(CmafRoundTrip, HevcIsNamedAsPlayersExpect) {
  EncoderOptions options = one_second_gops();
  options.codec = VideoCodec::Hevc;
  const Coded coded = encode_clip(options, {30, 1}, 40, 128);
  RecordingTrackSink sink = package(coded);
  EXPECT_EQ(sink.at(0).infos[0].codecs.substr(0, 7), "hvc1.1.") << sink.at(0).infos[0].codecs;
  EXPECT_EQ(sink.at(0).infos[0].width_px, 128);
  const Bytes& init = sink.at(0).inits[0];
  for (const std::string name : {"hvc1", "hvcC", "colr", "pasp", "btrt"}) {
    EXPECT_NE(std::search(init.begin(), init.end(), name.begin(), name.end()), init.end()) << name;
  }
  expect_same_times(read_fragments(sink.file(0)), only(coded.packets, TrackKind::Video));
}

TEST(CmafRoundTrip, ParameterSetsThatChangeInBandOnlyBeginARun) {
  Coded coded = encode_clip(one_second_gops(), {30, 1}, 60);
  const Coded wide = encode_clip(one_second_gops(), {30, 1}, 60, 160);
  const auto narrow_video = only(coded.packets, TrackKind::Video);
  coded.tracks.audio.reset();
  coded.tracks.video->codec_config.clear();  // as in MPEG-TS
  coded.packets = narrow_video;
  for (Packet packet : only(wide.packets, TrackKind::Video)) {
    packet.pts += seconds(2);
    packet.dts += seconds(2);
    coded.packets.push_back(std::move(packet));
  }
  RecordingTrackSink sink = package(coded);
  ASSERT_EQ(sink.at(0).inits.size(), 2u);
  EXPECT_EQ(sink.at(0).infos[0].width_px, 96);
  EXPECT_EQ(sink.at(0).infos[1].width_px, 160);
  EXPECT_EQ(read_fragments(sink.file(0, 0)).size(), 60u);
  EXPECT_EQ(read_fragments(sink.file(0, 1)).size(), 60u);
}

TEST(CmafRoundTrip, DamagedParameterSetsDoNotEndTheStream) {
  Coded coded = encode_clip(one_second_gops(), {30, 1}, 90);
  coded.tracks.audio.reset();
  coded.packets = only(coded.packets, TrackKind::Video);
  // Start code, SPS, and its size as a number that never ends.
  const Bytes damaged = {0, 0, 0, 1, 0x67, 0x64, 0, 0x1F, 1, 1, 1, 0x80, 0, 0, 0, 1, 0x68, 0x80};
  Bytes& keyframe = coded.packets[30].data;
  keyframe.insert(keyframe.begin(), damaged.begin(), damaged.end());
  RecordingTrackSink sink = package(coded);
  EXPECT_EQ(sink.at(0).inits.size(), 1u);
  EXPECT_EQ(read_fragments(sink.file(0)).size(), 90u);
}

TEST(CmafRoundTrip, TheInitializationSectionStatesColourAspectAndRate) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "cmaf_colour.mp4";
  CodedClip clip;
  clip.encoder = "libx264";
  clip.options = "preset=ultrafast:g=10";
  clip.frames = 50;
  clip.color = {.primaries = 1, .transfer = 1, .matrix = 1, .range = ColorRange::Limited};
  clip.aspect = {4, 3};
  write_clip(path, clip);
  auto source = open_packet_source(path);
  ASSERT_TRUE(source);
  Coded coded{(*source)->tracks(), read_packets(**source)};
  std::filesystem::remove(path);
  coded.tracks.video->pixel_aspect = {};  // as a publisher by RTMP: only the pictures state them
  coded.tracks.video->coded_color = {};
  RecordingTrackSink sink = package(coded);
  EXPECT_EQ(sink.at(0).infos[0].width_px, 128);
  EXPECT_EQ(sink.at(0).infos[0].height_px, 64);
  EXPECT_EQ(sink.at(0).infos[0].frame_rate, (FrameRate{25, 1}));
  auto back = open_packet_source(sink.file(0));
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)->tracks().video->pixel_aspect, (PixelAspect{4, 3}));
  EXPECT_EQ((*back)->tracks().video->coded_color, clip.color);
  const Bytes& init = sink.at(0).inits[0];
  for (const std::string name : {"avcC", "colr", "pasp", "btrt", "cmfc"}) {
    EXPECT_NE(std::search(init.begin(), init.end(), name.begin(), name.end()), init.end()) << name;
  }
}

TEST(CmafRoundTrip, Av1ComesBack) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "cmaf_av1.mp4";
  CodedClip clip;
  clip.encoder = "libaom-av1";
  clip.options = "cpu-used=8:usage=realtime:lag-in-frames=0:g=25:keyint_min=25";
  clip.frames = 40;
  write_clip(path, clip);
  auto source = open_packet_source(path);
  ASSERT_TRUE(source);
  const Coded coded{(*source)->tracks(), read_packets(**source)};
  std::filesystem::remove(path);
  RecordingTrackSink sink = package(coded);
  EXPECT_EQ(sink.at(0).infos[0].codecs.substr(0, 7), "av01.0.") << sink.at(0).infos[0].codecs;
  const auto back = read_fragments(sink.file(0));
  ASSERT_EQ(back.size(), 40u);
  expect_same_times(back, coded.packets);
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i].data, coded.packets[i].data);
}

TEST(CmafRoundTrip, CodecStringsFollowTheRecords) {
  EXPECT_EQ(codec_string("h264", Bytes{1, 0x64, 0, 0x1F, 0xFF}), "avc1.64001f");
  EXPECT_EQ(codec_string("h264", Bytes{1, 0x42, 0xC0, 0x0D, 0xFF}), "avc1.42c00d");
  // Main and Main 10, as in ISO/IEC 14496-15, annex E.
  EXPECT_EQ(codec_string("hevc", Bytes{1, 0x01, 0x60, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 93}),
            "hvc1.1.6.L93.B0");
  EXPECT_EQ(codec_string("hevc", Bytes{1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 153}),
            "hvc1.2.4.H153.90");
  EXPECT_EQ(codec_string("hevc", Bytes{1, 0x41, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30}),
            "hvc1.A1.6.L30");
  EXPECT_EQ(codec_string("av1", Bytes{0x81, 0x04, 0x0C, 0}), "av01.0.04M.08");
  EXPECT_EQ(codec_string("av1", Bytes{0x81, 0x0D, 0xCC, 0}), "av01.0.13H.10");
  EXPECT_EQ(codec_string("aac", Bytes{0x11, 0x90}), "mp4a.40.2");
  EXPECT_EQ(codec_string("aac", Bytes{0x2B, 0x92, 0x08, 0x00}), "mp4a.40.5");
  EXPECT_EQ(codec_string("aac", Bytes{0xEB, 0x8A, 0x08, 0x00}), "mp4a.40.29");
  EXPECT_EQ(codec_string("aac", Bytes{0xF9, 0x48}), "mp4a.40.42");
  EXPECT_EQ(codec_string("opus", {}), "opus");
  for (const std::string codec : {"h264", "hevc", "av1", "aac"}) {
    EXPECT_EQ(codec_string(codec, Bytes{1}), "") << codec;
  }
}

TEST(CmafRoundTrip, RealClipsComeBack) {
  const char* data = std::getenv("STREAMKIT_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "STREAMKIT_TEST_DATA is not set";
  const auto folder = std::filesystem::path(data) / "video";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no STREAMKIT_TEST_DATA/video";
  int clips = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto source = open_packet_source(entry.path());
    if (!source) continue;
    Coded coded{(*source)->tracks(), read_packets(**source)};
    VideoTrack& video = *coded.tracks.video;
    if (video.codec != "h264" && video.codec != "hevc") continue;
    if (coded.tracks.audio && coded.tracks.audio->codec != "aac") coded.tracks.audio.reset();
    if (!coded.tracks.audio) coded.packets = only(coded.packets, TrackKind::Video);
    video.orientation = {};  // players are not told: only the packets are looked at
    video.crop = {};
    std::stable_sort(coded.packets.begin(), coded.packets.end(),
                     [](const Packet& a, const Packet& b) { return a.dts < b.dts; });
    RecordingTrackSink sink = package(coded);
    const auto sent = only(coded.packets, TrackKind::Video);
    const auto back = read_fragments(sink.file(0));
    const std::string name = entry.path().filename().string();
    ASSERT_EQ(back.size(), sent.size()) << name;
    const MediaTime offset = sent[0].pts - back[0].pts;
    for (std::size_t i = 0; i < back.size(); ++i) {
      ASSERT_EQ(back[i].data, sent[i].data) << name << " " << i;
      // A tick of 1/360000 s.
      ASSERT_LE(std::chrono::abs(back[i].pts + offset - sent[i].pts), MediaTime(1960)) << name;
    }
    ++clips;
  }
  EXPECT_GE(clips, 5);
}

TEST(NalUnits, AreFoundByStartCodesAndLengths) {
  const Bytes by_codes = {0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 3, 0, 0, 0, 1, 0x65, 0, 1, 9};
  const auto units = nal_units(by_codes, {0, VideoCodec::H264});
  ASSERT_EQ(units.size(), 3u);
  EXPECT_EQ(Bytes(units[0].begin(), units[0].end()), (Bytes{0x67, 1}));
  EXPECT_EQ(Bytes(units[2].begin(), units[2].end()), (Bytes{0x65, 0, 1, 9}));
  EXPECT_EQ(length_prefixed_bytes(units), 4 * 3 + 2 + 3 + 4u);
  EXPECT_TRUE(nal_units({}, {0, VideoCodec::H264}).empty());
  EXPECT_TRUE(nal_units(Bytes{0, 0, 1}, {0, VideoCodec::H264}).empty());
  EXPECT_EQ(nal_units(Bytes{0, 2, 5, 6, 0, 9, 1}, {2, VideoCodec::H264}).size(), 1u)
      << "a length beyond the end";
}

TEST(NalUnits, PlacesToBeginAtAreKnownByTheirKinds) {
  const auto random_access = [](std::uint8_t first, VideoCodec codec) {
    const Bytes unit = {first, 1, 2};
    return is_random_access({NalUnit(unit)}, codec);
  };
  EXPECT_TRUE(random_access(0x65, VideoCodec::H264));
  EXPECT_FALSE(random_access(0x41, VideoCodec::H264));
  EXPECT_TRUE(random_access(19 << 1, VideoCodec::Hevc));
  EXPECT_TRUE(random_access(21 << 1, VideoCodec::Hevc)) << "CRA";
  EXPECT_FALSE(random_access(1 << 1, VideoCodec::Hevc));
  const auto intra = [](std::uint8_t bits) {
    const Bytes unit = {0x41, bits, 0x80};
    return is_intra({NalUnit(unit)}, VideoCodec::H264);
  };
  EXPECT_TRUE(intra(0b10110000)) << "I";
  EXPECT_TRUE(intra(0b10001000)) << "I only";
  EXPECT_FALSE(intra(0b11000000)) << "P";
  EXPECT_FALSE(intra(0b10100000)) << "B";
}

TEST(NalUnits, SetsOfAKindReplaceEachOther) {
  const Bytes sps = {0x67, 1};
  const Bytes pps = {0x68, 2};
  const Bytes other_pps = {0x68, 3};
  const ParameterSets known = {sps, pps};
  EXPECT_EQ(sets_after(known, {NalUnit(sps), NalUnit(pps)}, VideoCodec::H264), known);
  EXPECT_EQ(sets_after(known, {NalUnit(other_pps)}, VideoCodec::H264),
            (ParameterSets{sps, other_pps}));
  EXPECT_EQ(sets_of_config(annex_b_of(known), VideoCodec::H264), known);
  const Bytes avcc = {1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, 2, 0x67, 1, 1, 0, 2, 0x68, 2};
  EXPECT_EQ(sets_of_config(avcc, VideoCodec::H264), known);
  EXPECT_TRUE(sets_of_config(Bytes{1, 0x64, 0, 0x1F, 0xFF, 0xFF, 0xFF}, VideoCodec::H264).empty());
  EXPECT_TRUE(are_complete(known, VideoCodec::H264));
  EXPECT_FALSE(are_complete({sps}, VideoCodec::H264));
}

TEST(DecoderRecord, IsThatOfFfmpegsMuxer) {
  const Coded coded = contained(encode_clip(one_second_gops(), {30, 1}, 3));
  const Bytes& record = coded.tracks.video->codec_config;
  EXPECT_EQ(decoder_record(sets_of_config(record, VideoCodec::H264), VideoCodec::H264), record);
  EncoderOptions options = one_second_gops();
  options.codec = VideoCodec::Hevc;
  const Coded hevc = contained(encode_clip(options, {30, 1}, 3));
  const auto sets = sets_of_config(hevc.tracks.video->codec_config, VideoCodec::Hevc);
  const Bytes own = decoder_record(sets, VideoCodec::Hevc);
  ASSERT_GE(own.size(), 23u);
  const Bytes& theirs = hevc.tracks.video->codec_config;
  EXPECT_TRUE(std::equal(own.begin(), own.begin() + 13, theirs.begin())) << "profile and level";
  EXPECT_TRUE(std::equal(own.begin() + 16, own.begin() + 19, theirs.begin() + 16)) << "depths";
  EXPECT_EQ(own[21] & 0x3F, theirs[21] & 0x3F) << "layers and lengths";
  EXPECT_EQ(sets_of_config(own, VideoCodec::Hevc), sets);
  EXPECT_TRUE(decoder_record({}, VideoCodec::H264).empty());
}

TEST(SequenceHeader, IsReadOfBothCodecs) {
  for (const VideoCodec codec : {VideoCodec::H264, VideoCodec::Hevc}) {
    EncoderOptions options = one_second_gops();
    options.codec = codec;
    VideoFormat format = small_format({30000, 1001});
    format.width_px = 202;
    format.height_px = 118;
    const auto encoder = open_encoder(options, format);
    ASSERT_TRUE(encoder);
    const auto sets = sets_of_config((*encoder)->tracks().video->codec_config, codec);
    const auto header = read_sequence_header(sets, codec);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->width_px, 202);
    EXPECT_EQ(header->height_px, 118);
    EXPECT_EQ(header->pixel_aspect, (PixelAspect{1, 1}));
    EXPECT_EQ(header->color.primaries, 1);
    EXPECT_EQ(header->color.matrix, 1);
    EXPECT_EQ(header->frame_rate, (FrameRate{30000, 1001}));
    // Damage is no header, or one of a possible size.
    for (Bytes set : sets) {
      for (std::size_t size = 0; size < set.size(); ++size) {
        const Bytes part(set.begin(), set.begin() + static_cast<std::ptrdiff_t>(size));
        (void)read_sequence_header({part}, codec);
        Bytes flipped = set;
        flipped[size] ^= 0xFF;
        const auto damaged = read_sequence_header({flipped}, codec);
        EXPECT_TRUE(!damaged || (damaged->width_px > 0 && damaged->width_px <= 16384));
        EXPECT_TRUE(!damaged || damaged->color.matrix <= 14) << "a code point that FFmpeg knows";
      }
    }
  }
}

}  // namespace
}  // namespace streamkit::media
