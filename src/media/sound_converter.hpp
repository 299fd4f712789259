#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"
#include "media/filter_chain.hpp"

namespace streamkit::media {

/// Decodes the packets of an audio track into gapless audio of one format that begins at a given
/// time: what is earlier is left out, and gaps become silence.
class STREAMKIT_API SoundConverter {
 public:
  /// Errors: Unsupported (the codec); CorruptData (its configuration).
  static Result<std::unique_ptr<SoundConverter>> open(const AudioTrack& track,
                                                      const AudioFormat& format, MediaTime start);
  /// Decodes a packet. One that is damaged leaves a gap.
  Result<void> push(const Packet& packet);
  /// Ends the input.
  Result<void> flush();
  /// Returns the samples decoded since the last call; perhaps none. `pts` is left 0.
  [[nodiscard]] AudioFrame take();
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  SoundConverter(AudioFormat format, MediaTime start) : format_(format), start_(start) {}
  Result<void> decode(const AVPacket* packet);
  Result<void> convert(AVFrame& frame);
  Result<void> collect();
  Result<void> close_chain();

  const AudioFormat format_;
  const MediaTime start_;
  CodecPtr decoder_;
  FramePtr decoded_;
  // Built for frames of one shape, and anew when that changes.
  std::unique_ptr<FilterChain> chain_;
  int sample_rate_ = 0;
  int sample_format_ = 0;
  int channels_ = 0;
  MediaTime input_end_{0};
  std::int64_t samples_out_ = 0;
  std::vector<std::vector<float>> ready_;  // per channel
  bool damaged_ = false;
};

}  // namespace streamkit::media
