#pragma once

#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <variant>

namespace streamkit {

struct STREAMKIT_API SourceFormat {
  VideoFormat video = {};
  AudioFormat audio = {};
  /// Empty unless the video is HDR and states it.
  HdrMetadata hdr = {};
};

using SourceItem = std::variant<VideoFrame, AudioFrame, EndOfStream>;

/// Provides video and audio; one reader pulls it. Its output is normalized: constant frame rate,
/// even size, square pixels, upright, audio always present (silence if need be). Both tracks start
/// at time 0 and are interleaved to within half a second.
/// Thread-safety: one thread at a time.
class STREAMKIT_API Source {
 public:
  virtual ~Source() = default;
  /// Constant for the life of the source.
  [[nodiscard]] virtual const SourceFormat& format() const noexcept = 0;
  /// Returns the next item; after EndOfStream always EndOfStream. Blocks (a live or paced source
  /// waits for the time of the item); woken by `stop`.
  /// Errors: CorruptData, Unavailable (a device went away), Cancelled.
  virtual Result<SourceItem> read(std::stop_token stop) = 0;
};

}  // namespace streamkit
