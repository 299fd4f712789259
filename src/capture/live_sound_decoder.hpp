#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <vector>

#include "media/filter_chain.hpp"
#include "media/input_file.hpp"

namespace streamkit::capture {

/// Decodes the audio of a live stream into runs of 20 ms of one format, with the stream's
/// timestamps. Gaps stay gaps, because only whoever mixes knows the time; a run before one may be
/// shorter.
class STREAMKIT_API LiveSoundDecoder {
 public:
  /// Errors: Unsupported (the codec).
  static Result<std::unique_ptr<LiveSoundDecoder>> open(const AVStream& stream,
                                                        const AudioFormat& format);
  /// Returns what is ready. A damaged packet leaves a gap.
  Result<std::vector<AudioFrame>> push(const AVPacket& packet);
  /// Returns the rest of the stream.
  Result<std::vector<AudioFrame>> flush();

 private:
  LiveSoundDecoder(const AudioFormat& format, AVRational time_base)
      : format_(format), time_base_(time_base) {}
  Result<void> decode(const AVPacket* packet);
  Result<void> convert(AVFrame& frame);
  Result<void> collect();
  Result<void> close_chain();

  const AudioFormat format_;
  const AVRational time_base_;
  media::CodecPtr decoder_;
  media::FramePtr decoded_;
  // Built for audio of one shape without gaps.
  std::unique_ptr<media::FilterChain> chain_;
  int sample_rate_ = 0;
  int sample_format_ = 0;
  int channels_ = 0;
  MediaTime input_end_{0};
  std::vector<AudioFrame> ready_;
};

}  // namespace streamkit::capture
