#include <streamkit/media/media_limits.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/media_file.hpp>

#include "media/coded_clip.hpp"
#include "media/hostile_file.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

constexpr MediaTime kChunk = std::chrono::seconds(5);

class MediaLimitsTest : public ::testing::Test {
 protected:
  // Opens and reads all of a file. Returns the first error.
  Result<ReadBack> read(Bytes file) const {
    ReaderOptions options;
    options.limits = limits_;
    options.missing_sound = [] { return AudioFormat{}; };
    auto reader = open_media_bytes(std::move(file), options);
    if (!reader) return reader.error();
    ReadBack back;
    back.info = (*reader)->info();
    for (;;) {
      auto item = (*reader)->read({});
      if (!item) return item.error();
      if (std::holds_alternative<EndOfStream>(*item)) return back;
      if (auto* frame = std::get_if<VideoFrame>(&*item)) back.pictures.push_back(*frame);
      if (auto* packet = std::get_if<Packet>(&*item)) back.sound.push_back(*packet);
    }
  }

  void expect_limit(Limit limit, const std::string& words, Bytes file) const {
    const auto read_all = read(std::move(file));
    ASSERT_FALSE(read_all) << words;
    ASSERT_TRUE(exceeded_limit(read_all.error())) << to_string(read_all.error());
    EXPECT_EQ(to_string(*exceeded_limit(read_all.error())), to_string(limit));
    EXPECT_NE(read_all.error().message.find(words), std::string::npos) << read_all.error().message;
  }

  static Bytes clip(const CodedClip& what, const std::string& extension) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("streamkit-limits-" + std::to_string(::getpid()) + extension);
    write_clip(path, what);
    std::ifstream file(path, std::ios::binary);
    Bytes bytes(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(path);
    return bytes;
  }

  HostileFile pictures(std::size_t count) const {
    return {.samples = std::vector<Bytes>(count, small_)};
  }

  MediaLimits limits_{.policy = {}, .chunk_duration = kChunk};
  const Bytes small_ = small_png();
};

TEST_F(MediaLimitsTest, WhatIsWithinThemIsReadAsWithoutThem) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("streamkit-within-" + std::to_string(::getpid()) + ".mp4");
  write_video_file(path, 90);
  std::ifstream stream(path, std::ios::binary);
  const Bytes file(std::istreambuf_iterator<char>(stream), {});
  std::filesystem::remove(path);
  const ReadBack plain = read_all(file);
  const auto limited = read(file);
  ASSERT_TRUE(limited) << to_string(limited.error());
  ASSERT_EQ(limited->pictures.size(), plain.pictures.size());
  ASSERT_EQ(limited->sound.size(), plain.sound.size());
  for (std::size_t i = 0; i < plain.pictures.size(); ++i) {
    EXPECT_EQ(limited->pictures[i].pts, plain.pictures[i].pts);
    EXPECT_TRUE(same_pixels(limited->pictures[i], plain.pictures[i]));
  }
  for (std::size_t i = 0; i < plain.sound.size(); ++i) {
    EXPECT_EQ(limited->sound[i].pts, plain.sound[i].pts);
    EXPECT_EQ(limited->sound[i].data, plain.sound[i].data);
  }
  EXPECT_TRUE(read(make_file(pictures(25))));
}

TEST_F(MediaLimitsTest, SamplesThatAreAnnouncedMustBeThere) {
  HostileFile bomb = pictures(3);
  bomb.announced = 80'000'000;
  Bytes file = make_file(bomb);
  expect_limit(Limit::Samples, "80000000 are announced", file);
  // Zeros behind it do not help.
  file.resize(90'000'000);
  expect_limit(Limit::Samples, "4000000 are allowed", file);
}

TEST_F(MediaLimitsTest, AFragmentMayNotAnnounceThemEither) {
  Bytes file = make_file(pictures(3));
  for (const std::uint8_t byte : empty_fragment(80'000'000)) file.push_back(byte);
  expect_limit(Limit::Samples, "80000003 are announced", file);
}

TEST_F(MediaLimitsTest, ACompressedIndexIsNotUnpacked) {
  expect_limit(Limit::Samples, "the index is compressed", compressed_index());
}

TEST_F(MediaLimitsTest, TracksAreCountedBeforeTheyAreOpened) {
  HostileFile many = pictures(2);
  many.tracks = 2000;
  expect_limit(Limit::Tracks, "more than the 32", make_file(many));
  many.tracks = 32;
  EXPECT_TRUE(read(make_file(many)));
}

TEST_F(MediaLimitsTest, ALargeFrameIsNotDecoded) {
  HostileFile large;
  large.samples = {png_header(16'384, 16'100)};
  large.width_px = 16'384;
  large.height_px = 16'100;
  expect_limit(Limit::Pixels, "263782400", make_file(large));
  // What the container states may differ from what the frames have.
  large.width_px = large.height_px = 64;
  expect_limit(Limit::Pixels, "263782400", make_file(large));
}

TEST_F(MediaLimitsTest, FramesMayNotGrowBeyondThem) {
  HostileFile growing = pictures(10);
  growing.samples.push_back(png_header(16'384, 16'100));
  growing.samples.insert(growing.samples.end(), 5, small_);
  expect_limit(Limit::Pixels, "263782400", make_file(growing));
}

TEST_F(MediaLimitsTest, FramesOfEveryCommonCodecAreMeasured) {
  limits_.policy.max_pixels = 4096;
  for (const auto& [encoder, format] : {std::pair("libx264", "yuv420p"),
                                        {"mpeg4", "yuv420p"},
                                        {"mjpeg", "yuvj420p"},
                                        {"png", "rgb24"},
                                        {"prores_ks", "yuv422p10le"}}) {
    SCOPED_TRACE(encoder);
    expect_limit(Limit::Pixels,
                 "pixels: ", clip({.encoder = encoder, .pixel_format = format}, ".mov"));
  }
  expect_limit(Limit::Pixels, "pixels: ", clip({.encoder = "libx264", .frames = 10}, ".ts"));
}

TEST_F(MediaLimitsTest, PixelsThatAreNotSquareMakeFramesLarger) {
  limits_.policy.max_pixels = 96 * 64;
  expect_limit(Limit::Pixels, "pixels: frames of",
               clip({.encoder = "libx264", .aspect = {4, 1}}, ".mp4"));
}

TEST_F(MediaLimitsTest, FramesPerSecond) {
  HostileFile fast = pictures(1000);
  fast.timescale = 480;
  expect_limit(Limit::FrameRate, "frames per second: 480 of at most 240 (--max-frame-rate)",
               make_file(fast));
  fast.timescale = 240;
  EXPECT_TRUE(read(make_file(fast)));
  // More frames than the longest chunk has at that rate.
  fast.samples.resize(3000, small_);
  fast.timescale = 480;
  expect_limit(Limit::FrameRate, "2880 frames", make_file(fast));
}

TEST_F(MediaLimitsTest, ALongFileIsRefusedBeforeItIsDecoded) {
  HostileFile slow = pictures(16);
  slow.timescale = 1;
  ReaderOptions options;
  options.limits = limits_;
  const auto reader = open_media_bytes(make_file(slow), options);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error(), chunk_too_long(limits_.policy, kChunk));
  slow.samples.resize(12);
  EXPECT_TRUE(read(make_file(slow)));
  // Of a file of any length, only the format is read.
  slow.samples.resize(16, small_);
  options.limits->chunk_duration = MediaTime{0};
  EXPECT_TRUE(open_media_bytes(make_file(slow), options));
}

TEST_F(MediaLimitsTest, GapsOfAnyLengthEndAtTheLongestChunk) {
  for (const std::uint32_t gap : {3600U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    HostileFile paused = pictures(3);
    paused.timescale = 1;
    paused.first_delta = gap;
    const auto back = read(make_file(paused));
    if (back) {
      EXPECT_LE(back->pictures.back().pts, MediaTime(std::chrono::seconds(12))) << gap;
    } else {
      EXPECT_EQ(exceeded_limit(back.error()), Limit::Duration) << to_string(back.error());
    }
  }
}

TEST_F(MediaLimitsTest, OnlyListedCodecsAreDecoded) {
  const CodedClip odd{.encoder = "cinepak", .pixel_format = "rgb24"};
  expect_limit(Limit::Decoder, "the codec cinepak is not among those", clip(odd, ".mov"));
  limits_.policy.decoders = {"cinepak"};
  EXPECT_TRUE(read(clip(odd, ".mov")));
  expect_limit(Limit::Decoder, "the codec png is not among those", make_file(pictures(3)));
}

TEST_F(MediaLimitsTest, SampleRates) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("streamkit-rate-" + std::to_string(::getpid()) + ".mp4");
  write_video_file(path, 10);
  std::ifstream stream(path, std::ios::binary);
  const Bytes file(std::istreambuf_iterator<char>(stream), {});
  std::filesystem::remove(path);
  limits_.policy.max_sample_rate_hz = 44'100;
  expect_limit(Limit::SampleRate, "48000 Hz, at most 44100", file);
}

TEST_F(MediaLimitsTest, ReadingEndsAtTheDeadline) {
  limits_.deadline = std::chrono::steady_clock::now();
  expect_limit(Limit::ClockTime, "longer than the 300 s", make_file(pictures(3)));
}

TEST(Decoders, NamesAreChecked) {
  EXPECT_TRUE(check_decoders(default_decoders()));
  EXPECT_TRUE(check_decoders({}));
  const auto checked = check_decoders({"h264", "h246"});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(checked.error().message.find("'h246'"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::media
