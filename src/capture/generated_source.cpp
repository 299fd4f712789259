#include <algorithm>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <string>
#include <utility>

#include "capture/pacer.hpp"
#include "capture/scene_overlay.hpp"
#include "capture/scene_sound.hpp"
#include "capture/scene_stage.hpp"

namespace streamkit::capture {
namespace {

constexpr std::int64_t kSamplesPerFrame = 1024;
constexpr std::int64_t kLampFrames = 3;

class SceneSource final : public GeneratedSource {
 public:
  SceneSource(const GeneratedSourceOptions& options, Context context)
      : format_(source_format(options)),
        stage_(options.width_px, options.height_px, options.seed),
        pacer_(options.pacing, context),
        end_frame_(end_frame(options)),
        end_sample_(end_frame_ ? sample_at(format_.video.frame_rate.time_of(*end_frame_))
                               : std::optional<std::int64_t>()) {}

  const SourceFormat& format() const noexcept override { return format_; }

  Result<SourceItem> read(std::stop_token stop) override {
    const bool frames_left = !end_frame_ || next_frame_ < *end_frame_;
    const bool samples_left = !end_sample_ || next_sample_ < *end_sample_;
    if (!frames_left && !samples_left) return SourceItem(EndOfStream{});

    const MediaTime frame_pts = format_.video.frame_rate.time_of(next_frame_);
    const MediaTime sound_pts = from_ticks(next_sample_, 1, format_.audio.sample_rate_hz);
    const bool video = frames_left && (!samples_left || frame_pts <= sound_pts);
    if (!pacer_.wait_for(video ? frame_pts : sound_pts, stop)) {
      return Error{ErrorCode::Cancelled, "reading the generated source was cancelled"};
    }
    if (video) return SourceItem(frame_at(static_cast<std::uint64_t>(next_frame_++)));
    return SourceItem(next_sound(sound_pts));
  }

  VideoFrame frame_at(std::uint64_t frame_number) override {
    const auto n = static_cast<std::int64_t>(frame_number);
    const FrameRate rate = format_.video.frame_rate;
    const MediaTime pts = rate.time_of(n);
    WritableFrame frame = pool_.acquire(format_.video);
    stage_.paint(to_seconds(pts), frame);
    paint_overlay(overlay_at(n), frame);
    return std::move(frame).publish(pts, rate.time_of(n + 1) - pts);
  }

  DepthMap depth_at(std::uint64_t frame_number) const override {
    const FrameRate rate = format_.video.frame_rate;
    DepthMap depth =
        stage_.depth(to_seconds(rate.time_of(static_cast<std::int64_t>(frame_number))));
    paint_overlay_depth(depth);
    return depth;
  }

 private:
  static SourceFormat source_format(const GeneratedSourceOptions& options) {
    SourceFormat format;
    format.video.width_px = options.width_px;
    format.video.height_px = options.height_px;
    format.video.frame_rate = options.frame_rate;
    format.audio = options.audio;
    return format;
  }

  // Returns the number of frames that start before the end; no value if there is no end.
  static std::optional<std::int64_t> end_frame(const GeneratedSourceOptions& options) {
    if (options.duration == MediaTime{0}) return {};
    return options.frame_rate.frames_before(options.duration);
  }

  std::int64_t sample_at(MediaTime time) const {
    return to_ticks(time, 1, format_.audio.sample_rate_hz);
  }

  // The lamp is lit from the frame that is shown when a blip begins.
  OverlayState overlay_at(std::int64_t n) const {
    const FrameRate rate = format_.video.frame_rate;
    // The last second that begins before the end of this frame, and the frame that is shown when it
    // begins.
    const std::int64_t second = ((n + 1) * rate.den - 1) / rate.num;
    const std::int64_t first = second * rate.num / rate.den;
    return {static_cast<std::uint64_t>(n),
            static_cast<std::uint64_t>(rate.time_of(n) / std::chrono::seconds(1)),
            n - first < kLampFrames};
  }

  AudioFrame next_sound(MediaTime pts) {
    const std::int64_t left = end_sample_ ? *end_sample_ - next_sample_ : kSamplesPerFrame;
    const auto count = static_cast<int>(std::min(left, kSamplesPerFrame));
    AudioFrame sound =
        make_scene_sound(static_cast<std::uint64_t>(next_sample_), count, format_.audio);
    sound.pts = pts;
    next_sample_ += count;
    return sound;
  }

  const SourceFormat format_;
  const Stage stage_;
  FramePool pool_;
  Pacer pacer_;
  const std::optional<std::int64_t> end_frame_;
  const std::optional<std::int64_t> end_sample_;
  std::int64_t next_frame_ = 0;
  std::int64_t next_sample_ = 0;
};

Error wrong(const std::string& field, const std::string& value, const std::string& allowed) {
  return {ErrorCode::InvalidArgument, field + " is " + value + ", must be " + allowed};
}

Result<void> check_between(const std::string& field, std::int64_t value, std::int64_t low,
                           std::int64_t high) {
  if (value >= low && value <= high) return {};
  return wrong(field, std::to_string(value),
               "from " + std::to_string(low) + " to " + std::to_string(high));
}

Result<void> check_side(const std::string& field, int value) {
  if (value % 2 != 0) return wrong(field, std::to_string(value), "even");
  return check_between(field, value, 16, 8192);
}

Result<void> check(const GeneratedSourceOptions& options) {
  constexpr double kMaxRateHz = 240;
  if (auto done = check_side("width_px", options.width_px); !done) return done;
  if (auto done = check_side("height_px", options.height_px); !done) return done;
  const FrameRate rate = options.frame_rate;
  if (!rate.valid() || rate.hz() < 1 || rate.hz() > kMaxRateHz) {
    return wrong("frame_rate", std::to_string(rate.num) + "/" + std::to_string(rate.den),
                 "from 1 to 240 Hz");
  }
  if (auto done =
          check_between("audio.sample_rate_hz", options.audio.sample_rate_hz, 8'000, 192'000);
      !done) {
    return done;
  }
  if (auto done = check_between("audio.channels", options.audio.channels, 1, 8); !done) return done;
  if (options.duration < MediaTime{0}) {
    return wrong("duration", std::to_string(to_seconds(options.duration)) + " s", "0 or more");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<GeneratedSource>> GeneratedSource::create(GeneratedSourceOptions options,
                                                                 Context context) {
  if (auto done = check(options); !done) return done.error().with_context("generated source");
  return std::make_unique<SceneSource>(options, context);
}

}  // namespace streamkit::capture
