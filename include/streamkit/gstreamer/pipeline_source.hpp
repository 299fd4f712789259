#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source.hpp>
#include <string>

namespace streamkit::gstreamer {

/// Options of a source that a GStreamer pipeline feeds.
struct STREAMKIT_API PipelineOptions {
  /// The pipeline as gst-launch-1.0 takes it. Video ends in `appsink name=video`, audio in `appsink
  /// name=audio`. Without any appsink, the last element is linked to one for video. Converters to
  /// the kit's formats are inserted before the appsinks.
  std::string pipeline;
  /// Frames come at this rate: repeated or left out where the pipeline has others. Empty: the rate
  /// that the pipeline states, 30 if it states none.
  std::optional<FrameRate> frame_rate = {};
  /// Frames and audio come at the time of their timestamps. False: as fast as they are read, unless
  /// the pipeline is live itself.
  bool realtime = true;
  /// The source ends after this time. 0: when the pipeline ends.
  MediaTime duration{0};
  /// How long the first frame, and the first audio, may take.
  std::chrono::milliseconds start_timeout = std::chrono::seconds(10);
};

/// Opens a source. Blocks until the pipeline runs; woken by `stop`. Without an appsink for audio,
/// and after its end, audio is silence. The source ends with the video. Frames are BT.709 of
/// limited range; a frame of another size than the first is scaled into that with its aspect kept.
/// Errors: InvalidArgument (GStreamer's message about the text; no appsink for video); Unavailable
/// (Runtime is missing; a device or file failed: the pipeline's message); Timeout; Cancelled.
STREAMKIT_API Result<std::unique_ptr<Source>> open_source(const PipelineOptions& options,
                                                          std::stop_token stop = {});

/// Opens the appsink `video` of a pipeline as a live device. Frames come when the pipeline has
/// them, with the time of the steady clock at which they were captured; `realtime` and `duration`
/// are ignored. Errors: as open_source().
STREAMKIT_API Result<std::unique_ptr<VideoInput>> open_video_input(const PipelineOptions& options,
                                                                   std::stop_token stop = {});
/// Opens the appsink `audio` of a pipeline as a live device. Without any appsink, the last element
/// is linked to one for audio. Errors: as open_source().
STREAMKIT_API Result<std::unique_ptr<AudioInput>> open_audio_input(const PipelineOptions& options,
                                                                   std::stop_token stop = {});

}  // namespace streamkit::gstreamer
