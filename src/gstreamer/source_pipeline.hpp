#pragma once

#include <memory>
#include <optional>
#include <streamkit/gstreamer/pipeline_source.hpp>

#include "gstreamer/sink_reader.hpp"

namespace streamkit::gstreamer {

/// One appsink behind converters to a format of the kit, and the first sample, from which the
/// format is known.
struct SourceTrack {
  std::unique_ptr<SinkReader> reader;
  SamplePtr first;

  /// As SinkReader::next(), beginning with `first`.
  Result<SamplePtr> next(const std::stop_token& stop) {
    if (first != nullptr) return std::move(first);
    return reader->next(stop);
  }
};

/// A running pipeline with appsinks for video, audio, or both.
class SourcePipeline {
 public:
  enum class Reads { VideoAndAudio, VideoAsItComes, Audio };
  static Result<std::unique_ptr<SourcePipeline>> open(const PipelineOptions& options, Reads reads,
                                                      const std::stop_token& stop);

  /// Of even sides, with a valid rate.
  [[nodiscard]] const VideoFormat& video_format() const noexcept { return video_format_; }
  [[nodiscard]] const AudioFormat& audio_format() const noexcept { return audio_format_; }
  [[nodiscard]] std::optional<SourceTrack>& video() noexcept { return video_; }
  [[nodiscard]] std::optional<SourceTrack>& audio() noexcept { return audio_; }
  [[nodiscard]] Pipeline& pipeline() noexcept { return *pipeline_; }

 private:
  SourcePipeline() = default;
  Result<void> add_video(const PipelineOptions& options, bool constant_rate);
  Result<void> add_audio(bool realtime);
  Result<void> start(const PipelineOptions& options, const std::stop_token& stop);
  Result<void> fix_video(const PipelineOptions& options, const std::stop_token& stop);

  std::unique_ptr<Pipeline> pipeline_;
  std::optional<SourceTrack> video_;
  std::optional<SourceTrack> audio_;
  bool constant_rate_ = false;
  VideoFormat video_format_;
  AudioFormat audio_format_;
};

}  // namespace streamkit::gstreamer
