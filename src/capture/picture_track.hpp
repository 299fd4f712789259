#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "media/input_file.hpp"
#include "media/video_normalizer.hpp"

namespace streamkit::capture {

/// One pass through a file's pictures, at a constant rate from time 0 on.
class PictureTrack {
 public:
  static Result<std::unique_ptr<PictureTrack>> open(const std::filesystem::path& path,
                                                    std::optional<FrameRate> rate);
  [[nodiscard]] const VideoFormat& format() const noexcept { return format_; }
  /// Pictures in order, timestamps on the rate's grid; empty at the end.
  /// Errors: CorruptData when not a single picture can be decoded.
  Result<std::optional<VideoFrame>> next();
  [[nodiscard]] bool damaged() const noexcept { return damaged_packets_ > 0 || file_->damaged(); }

 private:
  PictureTrack() = default;
  Result<void> feed();
  Result<void> receive();

  std::unique_ptr<media::InputFile> file_;
  media::CodecPtr decoder_;
  media::FramePtr decoded_;
  std::unique_ptr<media::VideoNormalizer> normalizer_;
  VideoFormat format_;
  MediaTime file_start_{0};
  MediaTime next_input_pts_{0};
  std::int64_t next_frame_ = 0;
  std::uint64_t damaged_packets_ = 0;
  bool draining_ = false;
  bool finished_ = false;
};

}  // namespace streamkit::capture
