#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/media/video_codec.hpp>
#include <vector>

namespace streamkit::media {

/// Splits video with start codes into coded pictures, at its access unit delimiters. Without any,
/// it is one picture. Source: ITU-T H.264, 7.4.1.2.3; ITU-T H.265, 7.4.2.4.4.
[[nodiscard]] std::vector<std::span<const std::uint8_t>> split_pictures(
    std::span<const std::uint8_t> bytes, VideoCodec codec);

/// Splits AAC with ADTS headers into frames, wherever the packets that carry them begin.
/// Source: ISO/IEC 13818-7, 6.2.
class AdtsSplitter {
 public:
  /// Returns the frames that the bytes complete, with their headers. What is not a frame is left
  /// out, see damaged().
  std::vector<Bytes> push(std::span<const std::uint8_t> bytes);
  /// Returns whether a frame that was begun before is completed by the next bytes.
  [[nodiscard]] bool is_within_frame() const noexcept { return !rest_.empty(); }
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  Bytes rest_;  // the beginning of a frame
  bool damaged_ = false;
};

}  // namespace streamkit::media
