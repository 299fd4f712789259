#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/gstreamer/pipeline_encoder.hpp>
#include <vector>

#include "gstreamer/sink_reader.hpp"

namespace streamkit::gstreamer {

/// A pipeline from appsrcs over encoders to appsinks.
class CodedPipeline {
 public:
  static Result<std::unique_ptr<CodedPipeline>> open(const PipelineEncoderOptions& options,
                                                     const VideoFormat& video,
                                                     const std::optional<AudioFormat>& audio);

  [[nodiscard]] bool hevc() const noexcept { return hevc_; }
  /// Sends a frame with the running time `time`. Waits while the encoder is behind, ten seconds at
  /// most. Errors: Timeout; that of the pipeline.
  Result<void> send(const VideoFrame& frame, GstClockTime time, bool keyframe);
  Result<void> send(const AudioFrame& frame, std::int64_t first_sample);
  /// Returns what is there.
  [[nodiscard]] SamplePtr try_video() { return video_out_->try_next(); }
  [[nodiscard]] SamplePtr try_audio() {
    return audio_out_ == nullptr ? nullptr : audio_out_->try_next();
  }
  /// Ends the tracks to which something was sent.
  void end();
  /// After end(): the next samples; null when all came. Errors: Timeout; that of the pipeline.
  Result<SamplePtr> rest_of_video();
  Result<SamplePtr> rest_of_audio();

 private:
  CodedPipeline() = default;
  Result<void> link(const VideoFormat& video, const std::optional<AudioFormat>& audio);
  Result<void> send(GstElement* source, BufferPtr buffer);

  std::unique_ptr<Pipeline> pipeline_;
  ElementPtr video_in_;
  ElementPtr audio_in_;
  PadPtr coded_pad_;  // where the encoder's packets arrive
  std::unique_ptr<SinkReader> video_out_;
  std::unique_ptr<SinkReader> audio_out_;  // null without audio
  bool hevc_ = false;
  bool sent_video_ = false;
  bool sent_audio_ = false;
};

}  // namespace streamkit::gstreamer
