#include <streamkit/core/frame_pool.hpp>
#include <streamkit/gstreamer/pipeline_source.hpp>
#include <utility>

#include "gstreamer/sample_values.hpp"
#include "gstreamer/source_pipeline.hpp"

namespace streamkit::gstreamer {
namespace {

// The pipeline uses GStreamer's system clock, which is the steady clock.
CaptureTime capture_time(SourcePipeline& source, GstSample& sample) {
  const GstClockTime since_start = running_time(sample);
  if (since_start == GST_CLOCK_TIME_NONE) return std::chrono::steady_clock::now();
  const GstClockTime time = gst_element_get_base_time(source.pipeline().get()) + since_start;
  return CaptureTime(std::chrono::nanoseconds(time));
}

class PipelineVideoInput final : public VideoInput {
 public:
  explicit PipelineVideoInput(std::unique_ptr<SourcePipeline> source)
      : source_(std::move(source)), format_(source_->video_format()) {}

  [[nodiscard]] const VideoFormat& format() const noexcept override { return format_; }

  Result<LiveVideoItem> read(std::stop_token stop) override {
    auto sample = source_->video()->next(stop);
    if (!sample) return sample.error();
    if (*sample == nullptr) return LiveVideoItem(EndOfStream{});
    auto pixels = copy_pixels(**sample, format_, pool_);
    if (!pixels) return pixels.error();
    return LiveVideoItem(LiveFrame{capture_time(*source_, **sample),
                                   std::move(*pixels).publish(MediaTime{0}, MediaTime{0})});
  }

 private:
  const std::unique_ptr<SourcePipeline> source_;
  const VideoFormat format_;
  FramePool pool_;
};

class PipelineAudioInput final : public AudioInput {
 public:
  explicit PipelineAudioInput(std::unique_ptr<SourcePipeline> source)
      : source_(std::move(source)), format_(source_->audio_format()) {}

  [[nodiscard]] const AudioFormat& format() const noexcept override { return format_; }

  Result<LiveAudioItem> read(std::stop_token stop) override {
    auto sample = source_->audio()->next(stop);
    if (!sample) return sample.error();
    if (*sample == nullptr) return LiveAudioItem(EndOfStream{});
    auto frame = copy_audio(**sample, format_);
    if (!frame) return frame.error();
    return LiveAudioItem(LiveAudio{
        .time = capture_time(*source_, **sample), .frame = *std::move(frame), .gap_before = false});
  }

 private:
  const std::unique_ptr<SourcePipeline> source_;
  const AudioFormat format_;
};

}  // namespace

Result<std::unique_ptr<VideoInput>> open_video_input(const PipelineOptions& options,
                                                     std::stop_token stop) {
  auto source = SourcePipeline::open(options, SourcePipeline::Reads::VideoAsItComes, stop);
  if (!source) return source.error();
  return std::unique_ptr<VideoInput>(std::make_unique<PipelineVideoInput>(*std::move(source)));
}

Result<std::unique_ptr<AudioInput>> open_audio_input(const PipelineOptions& options,
                                                     std::stop_token stop) {
  auto source = SourcePipeline::open(options, SourcePipeline::Reads::Audio, stop);
  if (!source) return source.error();
  return std::unique_ptr<AudioInput>(std::make_unique<PipelineAudioInput>(*std::move(source)));
}

}  // namespace streamkit::gstreamer
