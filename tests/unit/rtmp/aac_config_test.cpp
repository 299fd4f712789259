#include "rtmp/aac_config.hpp"

#include <gtest/gtest.h>

#include "rtmp/video_headers.hpp"

namespace streamkit::rtmp {
namespace {

struct Case {
  Bytes config;
  int rate_hz;
  int channels;
  int packet_samples;
};

TEST(AacConfigTest, ReadsWhatEncodersWrite) {
  const Case cases[] = {
      {{0x12, 0x10}, 44'100, 2, 1024},                    // AAC-LC
      {{0x12, 0x08}, 44'100, 1, 1024},                    // as voaacenc writes it
      {{0x11, 0x88, 0x56, 0xE5, 0x00}, 48'000, 1, 1024},  // FFmpeg: no band replication
      {{0x13, 0x08, 0x56, 0xE5, 0x98}, 48'000, 1, 2048},  // HE-AAC for old decoders too
      {{0x2B, 0x11, 0x88, 0x00}, 48'000, 2, 2048},        // HE-AAC
      {{0xEB, 0x09, 0x88, 0x00}, 48'000, 2, 2048},        // HE-AAC v2: one channel is coded
      {{0x12, 0x14}, 44'100, 2, 960},                     // short frames
      {{0x11, 0xB0}, 48'000, 6, 1024},                    // 5.1
  };
  for (const auto& [config, rate_hz, channels, packet_samples] : cases) {
    const auto track = read_aac_config(config);
    ASSERT_TRUE(track) << to_string(track.error());
    EXPECT_EQ(track->codec, "aac");
    EXPECT_EQ(track->format.sample_rate_hz, rate_hz) << static_cast<int>(config[1]);
    EXPECT_EQ(track->format.channels, channels) << static_cast<int>(config[1]);
    EXPECT_EQ(track->packet_samples, packet_samples) << static_cast<int>(config[1]);
    EXPECT_EQ(track->codec_config, config);
  }
}

TEST(AacConfigTest, ReadsRatesOutsideTheTable) {
  const Bytes config =
      BitWriter().bits(2, 5).bits(15, 4).bits(50'000, 24).bits(2, 4).bits(0, 3).bytes();
  EXPECT_EQ(read_aac_config(config)->format.sample_rate_hz, 50'000);
}

TEST(AacConfigTest, CountsTheChannelsOfAProgram) {
  BitWriter bits;
  bits.bits(2, 5).bits(4, 4).bits(0, 4).bits(0, 3);
  // One front pair, one front and one side element, one for low frequencies.
  bits.bits(0, 4).bits(1, 2).bits(4, 4).bits(2, 4).bits(1, 4).bits(0, 4).bits(1, 2).bits(0, 7);
  bits.bits(0, 3).bits(1, 1).bits(0, 4).bits(0, 1).bits(1, 4).bits(0, 1).bits(2, 4).bits(0, 4);
  EXPECT_EQ(read_aac_config(bits.bytes())->format.channels, 5);
}

TEST(AacConfigTest, RejectsWhatIsNoAac) {
  EXPECT_EQ(read_aac_config(Bytes{0xF9, 0x46, 0x40}).error().code, ErrorCode::Unsupported);  // ALS
  EXPECT_EQ(read_aac_config(Bytes{}).error().code, ErrorCode::Unsupported);
  EXPECT_EQ(read_aac_config(Bytes{0x12}).error().code, ErrorCode::CorruptData);
  EXPECT_EQ(read_aac_config(Bytes{0x17, 0x10}).error().code, ErrorCode::CorruptData);  // no rate
  EXPECT_EQ(read_aac_config(Bytes{0x12, 0x48}).error().code, ErrorCode::CorruptData);  // channels
}

}  // namespace
}  // namespace streamkit::rtmp
