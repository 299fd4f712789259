#include <algorithm>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/gstreamer/pipeline_source.hpp>
#include <utility>

#include "gstreamer/sample_values.hpp"
#include "gstreamer/source_pipeline.hpp"

namespace streamkit::gstreamer {
namespace {

constexpr std::int64_t kMostSamples = 4800;

class PipelineSource final : public Source {
 public:
  PipelineSource(std::unique_ptr<SourcePipeline> pipeline, MediaTime duration)
      : pipeline_(std::move(pipeline)), duration_(duration) {
    format_.video = pipeline_->video_format();
    if (pipeline_->audio()) format_.audio = pipeline_->audio_format();
  }

  [[nodiscard]] const SourceFormat& format() const noexcept override { return format_; }

  Result<SourceItem> read(std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading stopped"};
    while (!video_ended_ && missing_audio() <= 0) {
      if (duration_ > MediaTime{0} && video_time() >= duration_) {
        video_ended_ = true;
        break;
      }
      auto frame = read_frame(stop);
      if (!frame || *frame) return frame.transform([](auto item) { return SourceItem(*item); });
      video_ended_ = true;
    }
    const std::int64_t missing = missing_audio();
    if (missing <= 0) return SourceItem(EndOfStream{});
    return read_audio(missing, stop);
  }

 private:
  [[nodiscard]] MediaTime video_time() const { return format_.video.frame_rate.time_of(frames_); }
  // Returns how many samples are missing up to the end of the frames.
  [[nodiscard]] std::int64_t missing_audio() const {
    return to_ticks(video_time(), 1, format_.audio.sample_rate_hz) - samples_;
  }
  [[nodiscard]] MediaTime audio_time() const {
    return from_ticks(samples_, 1, format_.audio.sample_rate_hz);
  }

  // Returns nothing at the end.
  Result<std::optional<VideoFrame>> read_frame(const std::stop_token& stop) {
    auto sample = pipeline_->video()->next(stop);
    if (!sample) return sample.error();
    if (*sample == nullptr) return std::optional<VideoFrame>();
    auto pixels = copy_pixels(**sample, format_.video, pool_);
    if (!pixels) return pixels.error();
    const MediaTime pts = video_time();
    ++frames_;
    return std::optional(std::move(*pixels).publish(pts, video_time() - pts));
  }

  // Returns at most `missing` samples, so that audio ends with the frames.
  Result<SourceItem> read_audio(std::int64_t missing, const std::stop_token& stop) {
    if (waiting_.sample_count == 0 && pipeline_->audio() && !audio_ended_) {
      auto read = next_audio(stop);
      if (!read) return read.error();
      waiting_ = *std::move(read);
    }
    const bool silent = waiting_.sample_count == 0;
    const std::int64_t there = silent ? kMostSamples : waiting_.sample_count;
    AudioFrame frame = silent ? silence(std::min(there, missing))
                              : take_waiting(static_cast<int>(std::min(there, missing)));
    frame.pts = audio_time();
    samples_ += frame.sample_count;
    return SourceItem(std::move(frame));
  }

  // Sets audio_ended_ at the end.
  Result<AudioFrame> next_audio(const std::stop_token& stop) {
    for (;;) {
      auto sample = pipeline_->audio()->next(stop);
      if (!sample) return sample.error();
      audio_ended_ = *sample == nullptr;
      if (audio_ended_) return AudioFrame{};
      auto frame = copy_audio(**sample, format_.audio);
      if (!frame || frame->sample_count > 0) return frame;
    }
  }

  [[nodiscard]] AudioFrame silence(std::int64_t count) const {
    AudioFrame frame;
    frame.format = format_.audio;
    frame.sample_count = static_cast<int>(count);
    frame.samples.assign(static_cast<std::size_t>(count * format_.audio.channels), 0.0F);
    return frame;
  }

  // Precondition: 0 < count <= waiting_.sample_count.
  AudioFrame take_waiting(int count) {
    if (count == waiting_.sample_count) return std::exchange(waiting_, {});
    AudioFrame taken{.format = waiting_.format, .sample_count = count};
    AudioFrame rest{.format = waiting_.format, .sample_count = waiting_.sample_count - count};
    for (int c = 0; c < waiting_.format.channels; ++c) {
      const auto begin = waiting_.samples.begin() + std::ptrdiff_t{c} * waiting_.sample_count;
      taken.samples.insert(taken.samples.end(), begin, begin + count);
      rest.samples.insert(rest.samples.end(), begin + count, begin + waiting_.sample_count);
    }
    waiting_ = std::move(rest);
    return taken;
  }

  const std::unique_ptr<SourcePipeline> pipeline_;
  const MediaTime duration_;
  SourceFormat format_;
  FramePool pool_;
  AudioFrame waiting_;  // read, but later than the frames so far
  std::int64_t frames_ = 0;
  std::int64_t samples_ = 0;
  bool video_ended_ = false;
  bool audio_ended_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> open_source(const PipelineOptions& options, std::stop_token stop) {
  auto pipeline = SourcePipeline::open(options, SourcePipeline::Reads::VideoAndAudio, stop);
  if (!pipeline) return pipeline.error();
  return std::unique_ptr<Source>(
      std::make_unique<PipelineSource>(*std::move(pipeline), options.duration));
}

}  // namespace streamkit::gstreamer
