#include <streamkit/media/sound_encoder.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "media/media_test_support.hpp"
#include "media/sound_converter.hpp"

namespace streamkit::media {
namespace {

constexpr AudioFormat kStereo{48'000, 2};

// Collects what is written.
struct Collected final : PacketSink {
  Result<void> open(const Tracks& opened) override {
    tracks = opened;
    return {};
  }
  Result<void> write(Packet packet) override {
    (packet.track == TrackKind::Audio ? sound : video).push_back(std::move(packet));
    return {};
  }
  Tracks tracks;
  std::vector<Packet> sound;
  std::vector<Packet> video;
};

AudioTrack pcm_track(const AudioFormat& format) {
  return {.codec = "pcm_s16le", .format = format, .packet_samples = 1024, .codec_config = {}};
}

// Packets of 1024 samples of a tone of 440 Hz, from `from` to `to`, with times from 0 on.
std::vector<Packet> pcm_tone(const AudioFormat& format, MediaTime from, MediaTime to) {
  std::vector<Packet> packets;
  const std::int64_t first = to_ticks(from, 1, format.sample_rate_hz);
  const std::int64_t end = to_ticks(to, 1, format.sample_rate_hz);
  for (std::int64_t at = first; at < end; at += 1024) {
    const int count = static_cast<int>(std::min<std::int64_t>(1024, end - at));
    const AudioFrame tone = make_tone(at, count, format);
    Packet packet;
    packet.track = TrackKind::Audio;
    packet.pts = packet.dts = from_ticks(at - first, 1, format.sample_rate_hz);
    packet.duration = from_ticks(count, 1, format.sample_rate_hz);
    for (int i = 0; i < count; ++i) {
      for (int channel = 0; channel < format.channels; ++channel) {
        const float sample = tone.samples[static_cast<std::size_t>(channel * count + i)];
        const auto value = static_cast<std::int16_t>(std::lround(sample * 32767));
        packet.data.push_back(static_cast<std::uint8_t>(value & 0xFF));
        packet.data.push_back(static_cast<std::uint8_t>(value >> 8 & 0xFF));
      }
    }
    packets.push_back(std::move(packet));
  }
  return packets;
}

Packet video_packet(MediaTime pts, MediaTime duration) {
  Packet packet;
  packet.pts = packet.dts = pts;
  packet.duration = duration;
  return packet;
}

std::vector<float> decode(const AudioTrack& track, const std::vector<Packet>& packets) {
  auto converter = SoundConverter::open(track, track.format, MediaTime{0}).value();
  for (const Packet& packet : packets) EXPECT_TRUE(converter->push(packet));
  EXPECT_TRUE(converter->flush());
  AudioFrame all = converter->take();
  all.samples.resize(static_cast<std::size_t>(all.sample_count));
  return all.samples;
}

// The largest difference from the tone between two times.
double error_of(const std::vector<float>& samples, double from, double to) {
  double most = 0;
  for (auto i = static_cast<std::size_t>(from * 48'000);
       i < std::min(samples.size(), static_cast<std::size_t>(to * 48'000)); ++i) {
    const double wanted = 0.2 * std::sin(2 * M_PI * 440 * static_cast<double>(i) / 48'000);
    most = std::max(most, std::abs(wanted - static_cast<double>(samples[i])));
  }
  return most;
}

TEST(SoundEncoder, EncodesAudioOfAnyFormat) {
  for (const AudioFormat& format : {kStereo, AudioFormat{44'100, 2}, AudioFormat{8'000, 1}}) {
    Collected out;
    auto encoder = SoundEncoder::create(out, {.format = kStereo}).value();
    ASSERT_TRUE(encoder->open({{}, pcm_track(format)}));
    for (Packet& packet : pcm_tone(format, MediaTime{0}, std::chrono::seconds(1))) {
      ASSERT_TRUE(encoder->write(std::move(packet)));
    }
    ASSERT_TRUE(encoder->finish());
    EXPECT_FALSE(encoder->problem());
    EXPECT_EQ(out.tracks.audio->codec, "aac");
    EXPECT_EQ(out.tracks.audio->format, kStereo);
    EXPECT_EQ(out.sound.front().pts, MediaTime{0});
    // The tone changes by up to 0.07 from one sample to the next at 8 kHz.
    EXPECT_LT(error_of(decode(*out.tracks.audio, out.sound), 0.05, 0.95),
              format.sample_rate_hz == 8'000 ? 0.08 : 0.02)
        << format.sample_rate_hz;
  }
}

// Each segment is encoded by an encoder of its own.
TEST(SoundEncoder, SegmentsJoinWithoutADisturbance) {
  const MediaTime length = std::chrono::milliseconds(500);
  Collected joined;
  AudioFrame before;
  MediaTime start{0};
  for (int n = 0; n < 4; ++n) {
    Collected out;
    auto encoder =
        SoundEncoder::create(
            out,
            {.format = kStereo, .start = start - n * length, .joins_next = true, .before = before})
            .value();
    ASSERT_TRUE(encoder->open({{}, pcm_track(kStereo)}));
    for (Packet& packet : pcm_tone(kStereo, n * length, (n + 1) * length)) {
      ASSERT_TRUE(encoder->write(std::move(packet)));
    }
    ASSERT_TRUE(encoder->write(video_packet(MediaTime{0}, length)));
    ASSERT_TRUE(encoder->finish());
    joined.tracks = out.tracks;
    for (Packet& packet : out.sound) {
      packet.pts += n * length;
      packet.dts = packet.pts;
      EXPECT_EQ(packet.pts, start);
      start = packet.pts + packet.duration;
      joined.sound.push_back(std::move(packet));
    }
    before = encoder->tail();
    ASSERT_GT(before.sample_count, 2048);
    // What follows is for the next segment, whose times begin at 0.
    before.pts -= length;
  }
  const std::vector<float> samples = decode(*joined.tracks.audio, joined.sound);
  EXPECT_LT(error_of(samples, 0.05, 1.9), 0.02);
}

// Such a state is damaged, or that of another time: what is between would be silence without bound.
TEST(SoundEncoder, AudioFromFarAheadIsIgnored) {
  const MediaTime length = std::chrono::milliseconds(500);
  AudioFrame before = make_tone(0, 4096, kStereo);
  before.pts = std::chrono::hours(24 * 365);
  Collected out;
  auto encoder =
      SoundEncoder::create(out, {.format = kStereo, .joins_next = true, .before = before}).value();
  ASSERT_TRUE(encoder->open({{}, pcm_track(kStereo)}));
  for (Packet& packet : pcm_tone(kStereo, MediaTime{0}, length)) {
    ASSERT_TRUE(encoder->write(std::move(packet)));
  }
  ASSERT_TRUE(encoder->write(video_packet(MediaTime{0}, length)));
  ASSERT_TRUE(encoder->finish());
  ASSERT_FALSE(out.sound.empty());
  EXPECT_EQ(out.sound.front().pts, MediaTime{0});
  EXPECT_LT(error_of(decode(*out.tracks.audio, out.sound), 0.05, 0.4), 0.02);
}

TEST(SoundEncoder, IsSilentWhereThereIsNothingToDecode) {
  Collected out;
  auto encoder = SoundEncoder::create(out, {.format = kStereo, .joins_next = true}).value();
  AudioTrack unknown = pcm_track(kStereo);
  unknown.codec = "no such codec";
  ASSERT_TRUE(encoder->open({{}, unknown}));
  ASSERT_TRUE(encoder->write(video_packet(MediaTime{0}, std::chrono::seconds(1))));
  ASSERT_TRUE(encoder->finish());
  EXPECT_TRUE(encoder->problem());
  ASSERT_FALSE(out.sound.empty());
  const MediaTime end = out.sound.back().pts + out.sound.back().duration;
  EXPECT_GT(end, MediaTime(std::chrono::milliseconds(930)));
  for (const float sample : decode(*out.tracks.audio, out.sound)) EXPECT_LT(std::abs(sample), 1e-3);
}

TEST(SoundEncoder, ChoosesAFormatThatAacHas) {
  EXPECT_EQ(aac_format({44'100, 2}), (AudioFormat{44'100, 2}));
  EXPECT_EQ(aac_format({192'000, 8}), (AudioFormat{48'000, 6}));
  EXPECT_EQ(aac_format({37'800, 1}), (AudioFormat{44'100, 1}));
  EXPECT_EQ(aac_format({8'000, 4}), (AudioFormat{44'100, 6}));
  const AudioTrack track = aac_track(kStereo).value();
  EXPECT_TRUE(is_same_aac(track, track));
  EXPECT_FALSE(is_same_aac(track, aac_track({44'100, 2}).value()));
  EXPECT_FALSE(is_same_aac(track, aac_track({48'000, 1}).value()));
  EXPECT_FALSE(is_same_aac(track, pcm_track(kStereo)));
}

}  // namespace
}  // namespace streamkit::media
