#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <streamkit/core/media_reader.hpp>

namespace streamkit::media {

/// Reads a part of a file. Its start becomes time 0, at which the frame begins that is shown then.
class TrimmedReader final : public MediaReader {
 public:
  /// `start` and `end` count from where the earliest track of the file starts.
  TrimmedReader(std::unique_ptr<MediaReader> whole, MediaTime start, MediaTime end);

  [[nodiscard]] const MediaInfo& info() const noexcept override { return info_; }
  Result<MediaItem> read(std::stop_token stop) override;
  [[nodiscard]] bool damaged() const noexcept override { return whole_->damaged(); }

 private:
  void take(VideoFrame frame);
  void take(Packet packet);
  void show_first(MediaTime until);

  const std::unique_ptr<MediaReader> whole_;
  const MediaTime start_;  // both on the timeline of the file
  const MediaTime end_;
  MediaInfo info_;
  std::optional<VideoFrame> first_;  // the latest frame that is not after the start
  bool shown_ = false;               // whether there was a frame
  bool frames_ended_ = false;
  bool ended_ = false;
  std::deque<MediaItem> ready_;
};

}  // namespace streamkit::media
