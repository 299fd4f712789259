#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

#include "media/frame_color.hpp"
#include "media/input_file.hpp"
#include "media/picture_rate.hpp"
#include "media/video_normalizer.hpp"

namespace streamkit::media {

struct STREAMKIT_API PictureOptions {
  /// Frames are repeated and dropped for this rate, from time 0. Empty: they keep their timestamps.
  std::optional<FrameRate> constant_rate = {};
  /// Its logger gets what is assumed of the file's colour, converted or dropped, once.
  Context context = {};
  /// The size to which frames are scaled: even sides. Empty: their own.
  std::optional<PictureSize> size = {};
  /// Frames of HDR have 10 bits.
  bool keep_hdr = false;
  /// The format whose samples and colours all frames get.
  std::optional<VideoFormat> color = {};
};

/// Decodes a video track into upright, even-sized, limited-range 4:2:0 frames. A packet that cannot
/// be decoded is skipped and counted as damage: the rest of the track is still decoded.
class STREAMKIT_API PictureDecoder {
 public:
  static Result<std::unique_ptr<PictureDecoder>> open(const InputFile& file,
                                                      const PictureOptions& options = {});
  /// Opens a decoder for packets of `track` from any source, with timestamps in flicks. Frames keep
  /// their timestamps.
  /// Errors: InvalidArgument (the track's format); Unsupported (its codec); Internal.
  static Result<std::unique_ptr<PictureDecoder>> open(const VideoTrack& track, int threads);
  [[nodiscard]] const VideoFormat& format() const noexcept { return format_; }
  /// Returns what the file states of HDR that is kept.
  [[nodiscard]] const HdrMetadata& hdr() const noexcept { return hdr_; }

  /// Takes the next packet; null means that no more packets follow.
  void push(const AVPacket* packet);
  /// Returns the next frame, with `pts` and `pkt_duration` in flicks; null if it needs a packet or
  /// has ended.
  Result<FramePtr> next();
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// Returns the end of the last frame so far.
  [[nodiscard]] MediaTime end() const noexcept { return next_pts_; }
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }
  /// Returns the error for a track that ended without a single frame.
  [[nodiscard]] Error no_picture() const;

 private:
  PictureDecoder(std::string name, AVRational time_base)
      : name_(std::move(name)), time_base_(time_base) {}
  Result<void> open_normalizer(const VideoTrack& track, std::optional<FrameRate> constant_rate);
  Result<bool> decode_one();
  [[nodiscard]] bool set_times(AVFrame& frame);
  [[nodiscard]] std::int64_t shown_at(const AVFrame& frame);
  void complete_frame();
  Result<void> end_of_pictures();

  const std::string name_;  // the origin of the packets, for messages
  const AVRational time_base_;
  CodecPtr codec_;
  FramePtr decoded_;
  std::unique_ptr<VideoNormalizer> normalizer_;
  VideoFormat format_;
  HdrMetadata hdr_;
  std::optional<RateGrid> grid_;  // only for a constant rate
  // Of packets that only say when they are decoded, as in AVI. Frames come in order of
  // presentation, and take the earliest.
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> decoding_times_;
  // Of the pictures that crop_ is for: without a file, those of the size of the first.
  PictureSize coded_size_;
  PictureCrop crop_;
  FrameColor assumed_color_;  // where frames do not state theirs
  MediaTime next_pts_{0};
  std::optional<MediaTime> last_pts_;
  bool draining_ = false;
  bool finished_ = false;
  bool damaged_ = false;
};

}  // namespace streamkit::media
