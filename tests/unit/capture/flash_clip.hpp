#pragma once

#include <filesystem>
#include <optional>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/media_time.hpp>
#include <string>
#include <vector>

namespace streamkit::capture {

/// A transport stream of 30 frames per second whose frames are white, and whose audio is a tone,
/// for the first tenth of each second. Each second starts with a keyframe.
class FlashClip {
 public:
  /// Bytes [0, end) have to be sent before `due`.
  struct Mark {
    MediaTime due{0};
    std::size_t end = 0;
  };

  explicit FlashClip(int seconds);
  ~FlashClip();
  FlashClip(const FlashClip&) = delete;
  FlashClip& operator=(const FlashClip&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::vector<Mark>& marks() const noexcept { return marks_; }

 private:
  std::filesystem::path path_;
  std::string bytes_;
  std::vector<Mark> marks_;
};

[[nodiscard]] bool is_flash(const VideoFrame& frame);
/// Returns when the first tone in the run begins.
[[nodiscard]] std::optional<CaptureTime> tone_begin(const LiveAudio& run);

}  // namespace streamkit::capture
