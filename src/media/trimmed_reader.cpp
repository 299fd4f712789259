#include "media/trimmed_reader.hpp"

#include <algorithm>
#include <utility>

namespace streamkit::media {
namespace {

// Timestamps are rounded by containers, and times by people.
constexpr MediaTime kRounding = std::chrono::milliseconds(1);
// How far the tracks of a file may be apart at the end of the part.
constexpr MediaTime kMostInterleaving = std::chrono::seconds(2);

}  // namespace

TrimmedReader::TrimmedReader(std::unique_ptr<MediaReader> whole, MediaTime start, MediaTime end)
    : whole_(std::move(whole)),
      start_(whole_->info().origin + start),
      end_(end == MediaTime::max() ? end : whole_->info().origin + end),
      info_(whole_->info()) {
  const MediaTime length = end == MediaTime::max() ? info_.duration : end;
  if (info_.duration > MediaTime{0}) {
    info_.duration = std::max(std::min(info_.duration, length) - start, MediaTime{0});
  } else if (end != MediaTime::max()) {
    info_.duration = end - start;
  }
  info_.start = info_.origin = MediaTime{0};
}

Result<MediaItem> TrimmedReader::read(std::stop_token stop) {
  while (ready_.empty() && !ended_) {
    auto item = whole_->read(stop);
    if (!item) return item;
    if (std::holds_alternative<EndOfStream>(*item)) ended_ = true;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) take(std::move(*frame));
    if (auto* packet = std::get_if<Packet>(&*item)) take(std::move(*packet));
  }
  if (!shift_ && ready_.empty()) {
    return Error{ErrorCode::InvalidArgument, "the video has no frame in the part that is wanted"};
  }
  if (ready_.empty()) return MediaItem{EndOfStream{}};
  MediaItem item = std::move(ready_.front());
  ready_.pop_front();
  return item;
}

void TrimmedReader::take(VideoFrame frame) {
  if (frame.pts < start_ - kRounding) return;
  if (end_ != MediaTime::max() && frame.pts >= end_ - kRounding) {
    frames_ended_ = true;
    ended_ = ended_ || !info_.audio || frame.pts > end_ + kMostInterleaving;
    return;
  }
  if (!shift_) {
    shift_ = frame.pts;
    for (Packet& packet : std::exchange(early_, {})) take(std::move(packet));
  }
  frame.pts -= *shift_;
  ready_.emplace_back(std::move(frame));
}

void TrimmedReader::take(Packet packet) {
  const MediaTime middle = packet.pts + packet.duration / 2;
  if (middle < start_ - kRounding) return;
  if (end_ != MediaTime::max() && middle >= end_) {
    ended_ = ended_ || frames_ended_;
    return;
  }
  if (!shift_) {
    early_.push_back(std::move(packet));
    return;
  }
  if (middle < *shift_) return;
  packet.pts -= *shift_;
  packet.dts -= *shift_;
  ready_.emplace_back(std::move(packet));
}

}  // namespace streamkit::media
