#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "media/input_file.hpp"
#include "media/picture_decoder.hpp"

namespace streamkit::capture {

/// Reads a file's video once, at a constant rate from time 0 on.
class PictureTrack {
 public:
  /// Opens the file's video. Without `rate`, the rate is that of the file, or the nearest usual
  /// one.
  static Result<std::unique_ptr<PictureTrack>> open(const std::filesystem::path& path,
                                                    std::optional<FrameRate> rate,
                                                    const media::TrackChoice& tracks = {});
  /// Names the tracks of the file that are read, and those that are not.
  [[nodiscard]] media::TrackReport tracks() const { return file_->tracks(); }
  [[nodiscard]] const VideoFormat& format() const noexcept { return pictures_->format(); }
  /// Returns frames in order, with timestamps on the rate's grid; no value at the end.
  /// Errors: CorruptData if not a single frame can be decoded.
  Result<std::optional<VideoFrame>> next();
  [[nodiscard]] bool damaged() const noexcept { return pictures_->damaged() || file_->damaged(); }

 private:
  PictureTrack() = default;

  std::unique_ptr<media::InputFile> file_;
  std::unique_ptr<media::PictureDecoder> pictures_;
  std::int64_t next_frame_ = 0;
};

}  // namespace streamkit::capture
