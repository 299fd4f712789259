#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "capture/track_feed.hpp"
#include "media/filter_chain.hpp"

namespace streamkit::capture {

/// Reads a file's audio once, as gapless 48 kHz stereo from time 0 on.
class SoundTrack {
 public:
  static constexpr int kFrameSamples = 1024;

  /// Returns null if the file has no audio that can be decoded. `feed` must outlive the track.
  static Result<std::unique_ptr<SoundTrack>> open(TrackFeed& feed, const AudioFormat& format);
  /// Returns runs of up to kFrameSamples samples, with timestamps left at 0; no value at the end.
  Result<std::optional<AudioFrame>> next();

 private:
  explicit SoundTrack(TrackFeed& feed) : feed_(feed) {}
  Result<void> receive();
  Result<void> take_decoded();
  Result<void> convert();
  [[nodiscard]] AudioFrame take_silence();
  Result<void> collect();
  Result<void> close_chain();

  AudioFormat format_;
  TrackFeed& feed_;
  media::CodecPtr decoder_;
  media::FramePtr decoded_;
  // Created for the first decoded frame, which determines the actual format, and again if the
  // format changes.
  std::unique_ptr<media::FilterChain> chain_;
  int sample_rate_ = 0;
  int sample_format_ = 0;
  int channels_ = 0;
  std::deque<AudioFrame> ready_;
  std::int64_t samples_out_ = 0;
  // A long gap, which is filled bit by bit before the frame in decoded_ is converted.
  std::int64_t silent_samples_ = 0;
  bool waits_for_silence_ = false;
  MediaTime input_end_{0};
  bool draining_ = false;
  bool finished_ = false;
};

}  // namespace streamkit::capture
