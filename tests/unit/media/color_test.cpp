#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/coded_clip.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

// Code points of ITU-T H.273.
constexpr int kPrimaries709 = 1;
constexpr int kPrimaries625 = 5;
constexpr int kPrimaries525 = 6;
constexpr int kPrimaries2020 = 9;
constexpr int kPrimariesP3 = 12;
constexpr int kTransfer709 = 1;
constexpr int kTransferSrgb = 13;
constexpr int kTransferPq = 16;
constexpr int kTransferHlg = 18;
constexpr int kMatrix709 = 1;
constexpr int kMatrix625 = 5;
constexpr int kMatrix525 = 6;
constexpr int kMatrix240M = 7;
constexpr int kMatrix2020 = 9;

constexpr ColorTags kTags709{kPrimaries709, kTransfer709, kMatrix709, ColorRange::Limited};

Rgb bars(int x, int) { return color_bars(x, 96); }

class Color : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("streamkit-colour-" + std::to_string(getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<VideoFrame> read(const CodedClip& clip, const std::string& name) {
    write_clip(folder_ / name, clip);
    auto reader = open_media_file(folder_ / name, {.context = {.logger = &log_}});
    if (!reader) ADD_FAILURE() << name << ": " << to_string(reader.error());
    std::vector<VideoFrame> frames;
    while (reader) {
      auto item = (*reader)->read({});
      if (!item) ADD_FAILURE() << name << ": " << to_string(item.error());
      if (!item || std::holds_alternative<EndOfStream>(*item)) break;
      if (auto* frame = std::get_if<VideoFrame>(&*item)) frames.push_back(*frame);
    }
    EXPECT_EQ(frames.size(), static_cast<std::size_t>(clip.frames)) << name;
    if (frames.empty()) frames.push_back(make_picture(small_format(), 0));  // not what is expected
    return frames;
  }

  // Expects that the middle of each bar is shown as `expected` says, within `tolerance` of 255.
  static void expect_bars(const VideoFrame& frame, const std::string& what, double tolerance,
                          const std::function<Rgb(int x, int y)>& expected = bars) {
    for (int x = 6; x < 96; x += 12) {
      const Rgb shown = shown_at(frame, x, 32);
      const Rgb right = expected(x, 32);
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(255 * std::clamp(shown[i], 0.0, 1.0), 255 * right[i], tolerance)
            << what << ", bar " << x / 12 << ", channel " << i;
      }
    }
  }

  fs::path folder_;
  testing::RecordingLogger log_;
};

TEST_F(Color, EveryMatrixRangeAndPixelFormatShowsTheSameBars) {
  struct Case {
    const char* pixel_format;
    int matrix;
    ColorRange range;
  };
  for (const Case& each : {Case{"yuv420p", kMatrix709, ColorRange::Limited},
                           {"yuv420p", kMatrix709, ColorRange::Full},
                           {"yuv420p", kMatrix625, ColorRange::Limited},
                           {"yuv420p", kMatrix525, ColorRange::Full},
                           {"yuv420p", kMatrix240M, ColorRange::Limited},
                           {"yuv420p", 4, ColorRange::Limited},
                           {"yuv420p", kMatrix2020, ColorRange::Limited},
                           {"yuv422p", kMatrix709, ColorRange::Limited},
                           {"yuv444p", kMatrix525, ColorRange::Limited},
                           {"yuv444p", kMatrix709, ColorRange::Full},
                           {"yuv422p10le", kMatrix709, ColorRange::Limited},
                           {"yuv420p10le", kMatrix709, ColorRange::Full},
                           {"yuv444p12le", kMatrix709, ColorRange::Limited},
                           {"yuv444p12le", kMatrix2020, ColorRange::Full},
                           {"yuv410p", kMatrix240M, ColorRange::Limited},
                           {"yuva420p", kMatrix709, ColorRange::Limited},
                           {"yuva444p10le", kMatrix240M, ColorRange::Limited}}) {
    CodedClip clip;
    clip.pixel_format = each.pixel_format;
    clip.color = {kPrimaries709, kTransfer709, each.matrix, each.range};
    clip.rgb = bars;
    const auto frames = read(clip, "bars.mkv");
    expect_bars(frames.back(),
                each.pixel_format + std::string(" matrix ") + std::to_string(each.matrix) +
                    (each.range == ColorRange::Full ? " full" : " limited"),
                4);
  }
}

TEST_F(Color, RgbVideoIsConvertedAndNotCopied) {
  struct Case {
    const char* encoder;
    const char* pixel_format;
    const char* file;
  };
  for (const Case& each : {Case{"ffv1", "gbrp10le", "a.mkv"},
                           {"ffv1", "bgra", "b.mkv"},
                           {"libx264rgb", "rgb24", "c.mkv"},
                           {"rawvideo", "rgb24", "d.nut"},
                           {"png", "rgba", "e.mov"},
                           {"qtrle", "rgb24", "f.mov"}}) {
    for (const int width : {96, 95}) {
      CodedClip clip;
      clip.encoder = each.encoder;
      clip.pixel_format = each.pixel_format;
      clip.width_px = width;
      clip.height_px = width == 96 ? 64 : 63;
      if (clip.encoder == "libx264rgb") clip.options = "qp=0";
      clip.rgb = bars;
      const auto frames = read(clip, each.file);
      EXPECT_EQ(frames[0].format.matrix, ColorMatrix::Bt709);
      EXPECT_EQ(frames[0].format.width_px, width / 2 * 2);
      expect_bars(frames.back(), each.file, 4);
    }
  }
}

TEST_F(Color, RgbVideoIsOfFullRangeWhateverItStates) {
  CodedClip clip;
  clip.pixel_format = "gbrp10le";
  clip.color.range = ColorRange::Limited;
  clip.rgb = bars;
  expect_bars(read(clip, "limited.mkv").back(), "limited", 4);
}

TEST_F(Color, GreyVideoKeepsItsShades) {
  const auto shades = [](int x, int) {
    const double shade = x / 12 / 7.0;
    return Rgb{shade, shade, shade};
  };
  CodedClip clip;
  clip.pixel_format = "gray";
  clip.range = ColorRange::Full;  // as images have it
  clip.rgb = shades;
  expect_bars(read(clip, "image.mkv").back(), "ffv1", 3, shades);
  clip.encoder = "libaom-av1";
  clip.options = "cpu-used=8:crf=4:lag-in-frames=0";
  clip.range = ColorRange::Limited;
  expect_bars(read(clip, "video.mkv").back(), "av1", 3, shades);
}

TEST_F(Color, CommonVideoKeepsItsColoursAndTheirTags) {
  struct Case {
    int matrix;
    int primaries;
    int transfer;
    ColorMatrix out_matrix;
    ColorPrimaries out_primaries;
    ColorTransfer out_transfer;
  };
  for (const Case& each : {Case{kMatrix709, kPrimaries709, kTransfer709, ColorMatrix::Bt709,
                                ColorPrimaries::Bt709, ColorTransfer::Bt709},
                           {kMatrix625, kPrimaries625, 5, ColorMatrix::Bt601,
                            ColorPrimaries::Bt601Lines625, ColorTransfer::Gamma28},
                           {kMatrix525, kPrimaries525, 6, ColorMatrix::Bt601,
                            ColorPrimaries::Bt601Lines525, ColorTransfer::Bt709},
                           {kMatrix709, kPrimaries709, kTransferSrgb, ColorMatrix::Bt709,
                            ColorPrimaries::Bt709, ColorTransfer::Srgb},
                           {kMatrix525, kPrimaries709, 4, ColorMatrix::Bt601, ColorPrimaries::Bt709,
                            ColorTransfer::Gamma22}}) {
    CodedClip clip;
    clip.color = {each.primaries, each.transfer, each.matrix, ColorRange::Limited};
    clip.rgb = bars;
    const auto frames = read(clip, "kept.mkv");
    const VideoFormat& format = frames[0].format;
    EXPECT_EQ(format.matrix, each.out_matrix) << each.matrix;
    EXPECT_EQ(format.primaries, each.out_primaries) << each.primaries;
    EXPECT_EQ(format.transfer, each.out_transfer) << each.transfer;
    expect_bars(frames.back(), "matrix " + std::to_string(each.matrix), 3);
  }
}

TEST_F(Color, UntaggedVideoIsTakenAsPlayersDoByItsHeight) {
  struct Case {
    int lines;
    int matrix;
    ColorPrimaries primaries;
  };
  for (const Case& each : {Case{360, kMatrix525, ColorPrimaries::Bt709},
                           {480, kMatrix525, ColorPrimaries::Bt601Lines525},
                           {576, kMatrix525, ColorPrimaries::Bt601Lines625},
                           {720, kMatrix709, ColorPrimaries::Bt709}}) {
    CodedClip clip;
    clip.height_px = each.lines;
    clip.matrix = each.matrix;
    clip.rgb = bars;
    const auto frames = read(clip, "untagged" + std::to_string(each.lines) + ".mkv");
    EXPECT_EQ(frames[0].format.primaries, each.primaries) << each.lines;
    expect_bars(frames.back(), std::to_string(each.lines) + " lines", 3);
  }
  EXPECT_EQ(log_.count(LogLevel::Info), 4u) << "once for each file";
  EXPECT_TRUE(log_.mentions("does not state its colours"));
}

// Light of BT.709 as light of BT.2020, and the other way round for P3 of D65.
Rgb to_bt2020(const Rgb& light) {
  return {0.627404 * light[0] + 0.329283 * light[1] + 0.043313 * light[2],
          0.069097 * light[0] + 0.919540 * light[1] + 0.011362 * light[2],
          0.016391 * light[0] + 0.088013 * light[1] + 0.895595 * light[2]};
}
Rgb to_p3(const Rgb& light) {
  return {0.822462 * light[0] + 0.177538 * light[1], 0.033194 * light[0] + 0.966806 * light[1],
          0.017083 * light[0] + 0.072397 * light[1] + 0.910520 * light[2]};
}

Rgb curved(const Rgb& rgb, double (*curve)(double)) {
  return {curve(rgb[0]), curve(rgb[1]), curve(rgb[2])};
}
// A display's light, as BT.1886 defines it.
double to_light(double signal) { return std::pow(signal, 2.4); }
double to_signal(double light) { return std::pow(light, 1 / 2.4); }
// SMPTE ST 2084, with white at 203 nits.
double to_pq(double light) {
  const double power = std::pow(std::max(light, 0.0) * 203 / 10'000, 2610.0 / 16384);
  return std::pow((3424.0 / 4096 + 2413.0 / 128 * power) / (1 + 2392.0 / 128 * power),
                  2523.0 / 4096 * 128);
}
// BT.2100, of a scene whose display shows white at 203 of 1000 nits.
double to_hlg(double scene) {
  if (scene <= 1.0 / 12) return std::sqrt(3 * std::max(scene, 0.0));
  return 0.17883277 * std::log(12 * scene - 0.28466892) + 0.55991073;
}

TEST_F(Color, WideGamutIsConvertedToThatOfScreens) {
  CodedClip clip;
  clip.pixel_format = "yuv420p10le";
  clip.color = {kPrimaries2020, 14, kMatrix2020, ColorRange::Limited};
  clip.rgb = [](int x, int y) {
    return curved(to_bt2020(curved(bars(x, y), to_light)), to_signal);
  };
  const auto wide = read(clip, "bt2020.mkv");
  EXPECT_EQ(wide.back().format.matrix, ColorMatrix::Bt709);
  // A step of a sample near black is many steps of light there.
  expect_bars(wide.back(), "BT.2020", 16);

  clip.pixel_format = "yuv420p";
  clip.color = {kPrimariesP3, kTransfer709, kMatrix709, ColorRange::Limited};
  clip.rgb = [](int x, int y) { return curved(to_p3(curved(bars(x, y), to_light)), to_signal); };
  expect_bars(read(clip, "p3.mkv").back(), "P3", 16);
  EXPECT_TRUE(log_.mentions("converted to BT.709"));
}

TEST_F(Color, HdrIsToneMappedAndKeepsSaturationAndWhite) {
  CodedClip clip;
  clip.pixel_format = "yuv420p10le";
  clip.color = {kPrimaries2020, kTransferPq, kMatrix2020, ColorRange::Limited};
  clip.rgb = [](int x, int y) { return curved(to_bt2020(curved(bars(x, y), to_light)), to_pq); };
  // Only the container of this file states PQ, as with VP9.
  const auto pq = read(clip, "pq.mkv");
  EXPECT_EQ(pq.back().format.matrix, ColorMatrix::Bt709);
  EXPECT_EQ(pq.back().format.transfer, ColorTransfer::Bt709);
  expect_bars(pq.back(), "PQ", 45);

  clip.color.transfer = kTransferHlg;
  clip.rgb = [](int x, int y) {
    const Rgb light = to_bt2020(curved(bars(x, y), to_light));
    const double luma = 0.2627 * light[0] + 0.678 * light[1] + 0.0593 * light[2];
    // The system gamma of 1.2 that the display applies is undone.
    const double shown = 0.203 * std::max(luma, 1e-6);
    const double gain = 0.203 * std::pow(shown, (1 - 1.2) / 1.2);
    return curved({gain * light[0], gain * light[1], gain * light[2]}, to_hlg);
  };
  expect_bars(read(clip, "hlg.mkv").back(), "HLG", 45);
  EXPECT_TRUE(log_.mentions("tone-mapped"));
}

TEST_F(Color, AChangeOfColourInTheMiddleIsConverted) {
  CodedClip clip;
  clip.encoder = "libx264";
  clip.options = "preset=ultrafast:qp=4";
  clip.frames = 25;
  clip.color = kTags709;
  clip.rgb = bars;
  write_clip(folder_ / "joined.ts", clip);
  clip.start = std::chrono::seconds(1);
  clip.color = {kPrimaries709, kTransfer709, kMatrix525, ColorRange::Full};
  write_clip(folder_ / "more.ts", clip);
  {
    std::ofstream joined(folder_ / "joined.ts", std::ios::binary | std::ios::app);
    joined << std::ifstream(folder_ / "more.ts", std::ios::binary).rdbuf();
  }
  auto reader = open_media_file(folder_ / "joined.ts");
  ASSERT_TRUE(reader);
  std::vector<VideoFrame> frames;
  for (auto item = (*reader)->read({}); item && !std::holds_alternative<EndOfStream>(*item);
       item = (*reader)->read({})) {
    if (auto* frame = std::get_if<VideoFrame>(&*item)) frames.push_back(*frame);
  }
  ASSERT_EQ(frames.size(), 50u);
  expect_bars(frames[10], "before", 5);
  expect_bars(frames[40], "after", 5);
}

TEST_F(Color, APacketSourceAndADecoderKnowWhatTheContainerStates) {
  CodedClip clip;
  clip.pixel_format = "yuv420p10le";
  clip.color = {kPrimaries2020, kTransferPq, kMatrix2020, ColorRange::Limited};
  clip.rgb = [](int x, int y) { return curved(to_bt2020(curved(bars(x, y), to_light)), to_pq); };
  const auto expected = read(clip, "pq.mkv");
  auto source = open_packet_source(folder_ / "pq.mkv");
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->tracks().video->coded_color, clip.color);
  const auto decoder = open_decoder(*(*source)->tracks().video);
  const auto frames = decode(**decoder, read_packets(**source));
  ASSERT_EQ(frames.size(), expected.size());
  EXPECT_TRUE(same_pixels(frames.back(), expected.back()));
}

TEST_F(Color, DolbyVisionOfProfile5IsNamed) {
  CodedClip clip;
  clip.encoder = "libx264";
  write_clip(folder_ / "plain.mp4", clip);
  std::ifstream file(folder_ / "plain.mp4", std::ios::binary);
  const Bytes plain(std::istreambuf_iterator<char>(file), {});
  for (const int profile : {5, 8}) {
    // Version 1.0, the profile in 7 bits, level 1, with RPU and base layer.
    Bytes box = {0, 0, 0, 32, 'd', 'v', 'c', 'C', 1, 0, static_cast<std::uint8_t>(profile << 1),
                 13};
    box.resize(32);
    EXPECT_TRUE(
        open_media_bytes(with_sample_entry_box(plain, box), {.context = {.logger = &log_}}));
    EXPECT_TRUE(log_.mentions("Dolby Vision profile 5"));
    EXPECT_EQ(log_.count(LogLevel::Warning), 1u) << profile;
  }
}

TEST_F(Color, TheEncodedStreamStatesItsColour) {
  for (const ColorTags& tags : {kTags709,
                                {kPrimaries525, kTransfer709, kMatrix525, ColorRange::Limited},
                                {kPrimaries625, 5, kMatrix525, ColorRange::Limited},
                                {kPrimaries709, kTransferSrgb, kMatrix709, ColorRange::Limited}}) {
    CodedClip clip;
    clip.color = tags;
    const auto frames = read(clip, "in.mkv");
    EncoderOptions options;
    options.preset = "ultrafast";
    auto encoder = open_encoder(options, frames[0].format);
    ASSERT_TRUE(encoder);
    auto muxer = FileMuxer::create(folder_ / "out.mp4");
    ASSERT_TRUE((*muxer)->open((*encoder)->tracks()));
    const auto write = [&](Result<std::vector<Packet>> packets) {
      for (Packet& packet : *packets) ASSERT_TRUE((*muxer)->write(std::move(packet)));
    };
    for (const VideoFrame& frame : frames) write((*encoder)->push(frame));
    write((*encoder)->flush());
    ASSERT_TRUE((*muxer)->finish());
    const auto source = open_packet_source(folder_ / "out.mp4");
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->tracks().video->coded_color, tags);
    EXPECT_EQ((*source)->tracks().video->format.primaries, frames[0].format.primaries);
  }
}

}  // namespace
}  // namespace streamkit::media
