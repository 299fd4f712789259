#pragma once

#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <variant>
#include <vector>

namespace streamkit {

struct STREAMKIT_API MediaInfo {
  /// Its size is 0 in a file without video.
  VideoFormat video = {};
  /// As the container states it, of video that stays HDR.
  HdrMetadata hdr = {};
  /// The size of the video in the file, which may have odd sides; frames are cropped to even ones.
  int full_width_px = 0;
  int full_height_px = 0;
  std::optional<AudioTrack> audio = {};
  /// Duration as the container states it; 0 if it does not.
  MediaTime duration{0};
  /// Timestamp of the first video frame in the file; without video, that of its audio.
  MediaTime start{0};
  /// Timestamp at which the earliest track starts.
  MediaTime origin{0};
  /// The tracks of the file that are read and that are not, for people, as in
  /// "audio 2 (aac, 2 channels, ger, default)".
  std::vector<std::string> tracks_taken = {};
  std::vector<std::string> tracks_left_out = {};
  /// FFmpeg's name of the video codec, as "hevc"; empty in a file without video.
  std::string video_codec = {};
  /// Whether the video in the file is HDR, also where frames are converted to SDR.
  bool stores_hdr = false;
};

using MediaItem = std::variant<VideoFrame, Packet, EndOfStream>;

/// Reads one media file. Video frames are decoded, upright, with the file's own timestamps. Audio
/// comes as the stored packets, unchanged.
/// Thread-safety: one thread at a time.
class STREAMKIT_API MediaReader {
 public:
  virtual ~MediaReader() = default;
  [[nodiscard]] virtual const MediaInfo& info() const noexcept = 0;
  /// Returns the next item in file order.
  /// Errors: CorruptData (nothing more can be decoded); Cancelled.
  virtual Result<MediaItem> read(std::stop_token stop) = 0;
  /// Returns whether parts of the file read so far were damaged and skipped.
  [[nodiscard]] virtual bool damaged() const noexcept { return false; }
};

}  // namespace streamkit
