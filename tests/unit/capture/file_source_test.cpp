#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/media_conformance.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include "media/many_tracks.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::capture {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Captured {
  std::vector<VideoFrame> pictures;
  std::vector<AudioFrame> sound;

  std::int64_t samples() const {
    std::int64_t total = 0;
    for (const AudioFrame& frame : sound) total += frame.sample_count;
    return total;
  }
  MediaTime pictures_end() const {
    return pictures.empty() ? MediaTime{0} : pictures.back().pts + pictures.back().duration;
  }
};

Captured drain(Source& source, std::size_t most_pictures = 100'000) {
  Captured captured;
  MediaTime newest{0};
  while (captured.pictures.size() < most_pictures) {
    auto item = source.read({});
    EXPECT_TRUE(item) << to_string(item.error());
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    MediaTime pts;
    if (auto* picture = std::get_if<VideoFrame>(&*item)) {
      pts = picture->pts;
      captured.pictures.push_back(std::move(*picture));
    } else {
      auto& sound = std::get<AudioFrame>(*item);
      pts = sound.pts;
      EXPECT_EQ(pts, from_ticks(captured.samples(), 1, 48'000));
      captured.sound.push_back(std::move(sound));
    }
    EXPECT_GE(pts, newest - milliseconds(1));
    newest = std::max(newest, pts);
  }
  return captured;
}

class FileSource : public ::testing::Test {
 protected:
  FileSource()
      : folder_(fs::temp_directory_path() / ("streamkit-capture-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~FileSource() override { fs::remove_all(folder_); }

  // `sound_samples` < 0: no audio track.
  fs::path write_file(const std::string& name, FrameRate rate, std::int64_t frames,
                      std::int64_t sound_samples) const {
    media::EncoderOptions options;
    options.chunk_duration = MediaTime{0};
    options.preset = "ultrafast";
    const VideoFormat format = media::small_format(rate);
    const auto sound = sound_samples >= 0 ? std::optional(AudioFormat{}) : std::nullopt;
    auto encoder = media::open_encoder(options, format, sound);
    auto muxer = media::FileMuxer::create(folder_ / name);
    EXPECT_TRUE((*muxer)->open((*encoder)->tracks()));
    const auto write = [&](Result<std::vector<Packet>> packets) {
      for (Packet& packet : *packets) EXPECT_TRUE((*muxer)->write(std::move(packet)));
    };
    for (std::int64_t n = 0; n < frames; ++n) {
      write((*encoder)->push(media::make_picture(format, n)));
    }
    for (std::int64_t at = 0; at < sound_samples; at += 1024) {
      write((*encoder)->push(media::make_tone(
          at, static_cast<int>(std::min<std::int64_t>(1024, sound_samples - at)))));
    }
    write((*encoder)->flush());
    EXPECT_TRUE((*muxer)->finish());
    return folder_ / name;
  }

  static std::unique_ptr<Source> open(FileSourceOptions options) {
    options.pacing = Pacing::AsFastAsPossible;
    auto source = open_file_source(options);
    EXPECT_TRUE(source) << to_string(source.error());
    return std::move(*source);
  }

  const fs::path folder_;
};

TEST_F(FileSource, KeepsTheContractOfASource) {
  struct Case {
    FrameRate rate;
    std::int64_t sound_samples;
    FileSourceOptions options;
    std::int64_t frames;
  };
  const std::vector<Case> cases = {
      {{30, 1}, 48'000, {}, 30},
      {{30, 1}, -1, {}, 30},
      {{30, 1}, 20'000, {}, 30},
      {{30'000, 1001}, 48'048, {}, 30},
      {{25, 1}, 57'600, {.frame_rate = FrameRate{30, 1}}, 36},
      {{30, 1}, 48'000, {.loop = true, .duration = milliseconds(2510)}, 76},
      {{30, 1}, 48'000, {.duration = milliseconds(510)}, 16}};
  int number = 0;
  for (const Case& each : cases) {
    FileSourceOptions options = each.options;
    options.path = write_file(std::to_string(++number) + ".mp4", each.rate, 30, each.sound_samples);
    options.pacing = Pacing::AsFastAsPossible;
    const auto violations = testing::check_source(
        {.open = [&] { return open_file_source(options); }, .frame_count = each.frames});
    EXPECT_EQ(violations, testing::Violations{}) << "case " << number;
  }
}

TEST_F(FileSource, KeepsTheContractOfASourceInRealTime) {
  const auto violations =
      testing::check_source({.open = [path = write_file("live.mp4", {30, 1}, 30, 48'000)] {
        return open_file_source({.path = path, .loop = true});
      }});
  EXPECT_EQ(violations, testing::Violations{});
}

TEST_F(FileSource, OpensAPlaylistOnlyWhereItMay) {
  write_file("in.mp4", {30, 1}, 30, 48'000);
  const fs::path list = folder_ / "list.mp4";
  std::ofstream(list) << "ffconcat version 1.0\nfile in.mp4\n";
  FileSourceOptions options{.path = list, .pacing = Pacing::AsFastAsPossible};
  const auto refused = open_file_source(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Unsupported);
  options.allow_playlists = true;
  const auto source = open_file_source(options);
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_EQ(drain(**source).pictures.size(), 30u);
}

TEST_F(FileSource, NamesTheTracksThatAreLeftOut) {
  const fs::path path = folder_ / "many.mkv";
  media::write_many_tracks(path, 12, {.sounds = {{"eng", "comment"}, {"ger", "default"}}});
  testing::RecordingLogger logger;
  ASSERT_TRUE(open_file_source({.path = path}, {.logger = &logger}));
  ASSERT_EQ(logger.lines().size(), 1u);
  EXPECT_EQ(logger.lines()[0].fields.at("left_out"), "audio 1 (aac, 2 channels, eng, commentary)");
  EXPECT_EQ(open_file_source({.path = path, .tracks = {.audio = "fre"}}).error().code,
            ErrorCode::NotFound);
}

TEST_F(FileSource, GivesEveryPictureOnTheGridAndSoundBesideIt) {
  for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{30000, 1001}, FrameRate{25, 1}}) {
    const auto source = open({.path = write_file("plain.mp4", rate, 60, 96'000)});
    EXPECT_EQ(source->format().video.frame_rate, rate);
    const Captured captured = drain(*source);
    ASSERT_GE(captured.pictures.size(), 60u);
    for (std::size_t n = 0; n < captured.pictures.size(); ++n) {
      EXPECT_EQ(captured.pictures[n].pts, rate.time_of(static_cast<std::int64_t>(n)));
    }
    const MediaTime sound_end = from_ticks(captured.samples(), 1, 48'000);
    EXPECT_LE(std::chrono::abs(sound_end - captured.pictures_end()), rate.frame_duration());
  }
}

TEST_F(FileSource, FillsMissingSoundWithSilence) {
  const auto source = open({.path = write_file("silent.mp4", {30, 1}, 45, -1)});
  const Captured captured = drain(*source);
  EXPECT_EQ(captured.pictures.size(), 45u);
  EXPECT_EQ(captured.samples(), 72'000);
  for (const AudioFrame& frame : captured.sound) {
    for (const float sample : frame.samples) ASSERT_EQ(sample, 0.0F);
  }
}

TEST_F(FileSource, GoesOnWithSilenceWhereSoundIsShorter) {
  const auto source = open({.path = write_file("short.mp4", {30, 1}, 60, 48'000)});
  const Captured captured = drain(*source);
  EXPECT_EQ(captured.pictures.size(), 60u);
  EXPECT_EQ(captured.samples(), 96'000);
  EXPECT_EQ(captured.sound.back().samples.back(), 0.0F);
}

TEST_F(FileSource, HoldsTheLastPictureWhereSoundIsLonger) {
  const auto source = open({.path = write_file("long.mp4", {30, 1}, 30, 96'000)});
  const Captured captured = drain(*source);
  EXPECT_NEAR(static_cast<double>(captured.pictures.size()), 60.0, 1.0);
  EXPECT_LE(std::chrono::abs(from_ticks(captured.samples(), 1, 48'000) - captured.pictures_end()),
            MediaTime(milliseconds(40)));
  EXPECT_EQ(captured.pictures.back().planes[0].data, captured.pictures[40].planes[0].data);
}

TEST_F(FileSource, LoopsWithoutAGap) {
  const auto source = open({.path = write_file("loop.mp4", {30, 1}, 20, 32'000), .loop = true});
  const Captured captured = drain(*source, 200);
  ASSERT_EQ(captured.pictures.size(), 200u);
  for (std::size_t n = 0; n < 200; ++n) {
    EXPECT_EQ(captured.pictures[n].pts, FrameRate({30, 1}).time_of(static_cast<std::int64_t>(n)));
  }
  EXPECT_LE(std::chrono::abs(from_ticks(captured.samples(), 1, 48'000) - captured.pictures_end()),
            MediaTime(milliseconds(60)));
}

TEST_F(FileSource, EndsAfterTheDurationAsked) {
  const auto source =
      open({.path = write_file("cut.mp4", {30, 1}, 90, 144'000), .duration = milliseconds(1500)});
  const Captured captured = drain(*source);
  EXPECT_EQ(captured.pictures.size(), 45u);
  EXPECT_EQ(captured.samples(), 72'000);
  EXPECT_NE(captured.sound.back().samples.back(), 0.0F);
  EXPECT_TRUE(std::holds_alternative<EndOfStream>(*source->read({})));
}

TEST_F(FileSource, ConvertsToTheRateAskedFor) {
  const auto source =
      open({.path = write_file("rate.mp4", {60, 1}, 120, -1), .frame_rate = FrameRate{25, 1}});
  const Captured captured = drain(*source);
  EXPECT_EQ(captured.pictures.size(), 50u);
  EXPECT_EQ(captured.pictures_end(), MediaTime(seconds(2)));
}

TEST_F(FileSource, SoundKeepsItsPlaceAndPitch) {
  const auto source = open({.path = write_file("tone.mp4", {30, 1}, 60, 96'000)});
  std::vector<float> left;
  for (const AudioFrame& frame : drain(*source).sound) {
    left.insert(left.end(), frame.samples.begin(), frame.samples.begin() + frame.sample_count);
  }
  int rising = 0;
  for (std::size_t i = 48'001; i < 96'000; ++i) rising += left[i - 1] < 0 && left[i] >= 0;
  EXPECT_NEAR(rising, 440, 2);
}

TEST_F(FileSource, WaitsForEachItemsTimeAndStopsWhenAsked) {
  testing::FakeClock clock;
  const fs::path path = write_file("paced.mp4", {30, 1}, 30, -1);
  auto source = open_file_source({.path = path}, {.clock = &clock});
  std::stop_source stop;
  // The first item is due at once, the second picture is not.
  ASSERT_TRUE((*source)->read(stop.get_token()));
  stop.request_stop();
  Result<SourceItem> item = (*source)->read(stop.get_token());
  while (item) item = (*source)->read(stop.get_token());
  EXPECT_EQ(item.error().code, ErrorCode::Cancelled);
}

TEST_F(FileSource, TellsWhatIsWrong) {
  EXPECT_EQ(open_file_source({.path = folder_ / "absent.mp4"}).error().code, ErrorCode::NotFound);
  std::ofstream(folder_ / "text.mp4") << "no video";
  EXPECT_EQ(open_file_source({.path = folder_ / "text.mp4"}).error().code, ErrorCode::CorruptData);
  const fs::path good = write_file("good.mp4", {30, 1}, 3, -1);
  EXPECT_EQ(open_file_source({.path = good, .duration = MediaTime{-1}}).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(open_file_source({.path = good, .frame_rate = FrameRate{0, 1}}).error().code,
            ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::capture
