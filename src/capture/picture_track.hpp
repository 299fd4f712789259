#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "capture/track_feed.hpp"
#include "media/picture_decoder.hpp"

namespace streamkit::capture {

/// Reads a file's video once, at a constant rate from time 0 on.
class PictureTrack {
 public:
  /// `feed` must outlive the track. What is assumed of the file, converted or dropped is logged.
  /// With `keep_hdr`, frames of HDR have 10 bits.
  static Result<std::unique_ptr<PictureTrack>> open(TrackFeed& feed, FrameRate rate, bool keep_hdr,
                                                    const Context& context);
  [[nodiscard]] const VideoFormat& format() const noexcept { return pictures_->format(); }
  [[nodiscard]] const HdrMetadata& hdr() const noexcept { return pictures_->hdr(); }
  /// Returns frames in order, with timestamps on the rate's grid; no value at the end.
  /// Errors: CorruptData if not a single frame can be decoded.
  Result<std::optional<VideoFrame>> next();
  [[nodiscard]] bool damaged() const noexcept {
    return pictures_->damaged() || feed_.file().damaged();
  }

 private:
  explicit PictureTrack(TrackFeed& feed) : feed_(feed) {}

  TrackFeed& feed_;
  std::unique_ptr<media::PictureDecoder> pictures_;
  std::int64_t next_frame_ = 0;
};

}  // namespace streamkit::capture
