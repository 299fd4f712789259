#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::gstreamer {

/// Options of an encoder that GStreamer elements form. Fixed once it is open.
struct STREAMKIT_API PipelineEncoderOptions {
  /// The elements that encode video to H.264 or HEVC, as gst-launch-1.0 takes them. They must not
  /// reorder frames (no B-frames) and should place no keyframe unasked. Hardware: "nvh264enc
  /// gop-size=-1", "vaapipostproc ! vaapih264enc keyframe-period=0".
  std::string video =
      "x264enc tune=zerolatency speed-preset=superfast pass=qual quantizer=23 "
      "key-int-max=1000000 option-string=scenecut=0";
  /// The elements that encode audio to AAC-LC.
  std::string audio = "avenc_aac bitrate=128000";
  /// Samples that the audio encoder puts before the first one; whole packets of them are dropped.
  int audio_priming_samples = 1024;
  /// An IDR starts every chunk of this length. From 0.5 s.
  MediaTime chunk_duration = std::chrono::seconds(5);
};

/// Opens one continuous encoder: an IDR with parameter sets at each boundary, Annex B packets, both
/// tracks from time 0 on. It fails if the elements reorder frames or do not respond for ten
/// seconds. Without `audio` only video may be pushed. Errors: InvalidArgument (GStreamer's message
/// about the text; the format); Unsupported (the elements write neither H.264 nor HEVC);
/// Unavailable (Runtime is missing, an element failed).
STREAMKIT_API Result<std::unique_ptr<Encoder>> open_encoder(
    const PipelineEncoderOptions& options, const VideoFormat& video,
    const std::optional<AudioFormat>& audio = {});

}  // namespace streamkit::gstreamer
