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
    if (auto* frame = std::get_if<VideoFrame>(&*item)) take(std::move(*frame));
    if (auto* packet = std::get_if<Packet>(&*item)) take(std::move(*packet));
    if (!std::holds_alternative<EndOfStream>(*item)) continue;
    ended_ = true;
    if (first_) show_first(first_->pts + first_->duration);
  }
  if (ready_.empty() && !shown_) {
    return Error{ErrorCode::InvalidArgument, "the video has no frame in the part that is wanted"};
  }
  if (ready_.empty()) return MediaItem{EndOfStream{}};
  MediaItem item = std::move(ready_.front());
  ready_.pop_front();
  return item;
}

// Shows the frame that begins at or before the start, if it lasts beyond that.
void TrimmedReader::show_first(MediaTime until) {
  VideoFrame frame = *std::exchange(first_, std::nullopt);
  until = std::min(until, end_);
  if (until <= start_ + kRounding) return;
  frame.duration = until - start_;
  frame.pts = MediaTime{0};
  shown_ = true;
  ready_.emplace_back(std::move(frame));
}

void TrimmedReader::take(VideoFrame frame) {
  if (frame.pts <= start_ + kRounding) {
    first_ = std::move(frame);
    return;
  }
  if (first_) show_first(frame.pts);
  if (end_ != MediaTime::max() && frame.pts >= end_ - kRounding) {
    frames_ended_ = true;
    ended_ = ended_ || !info_.audio || frame.pts > end_ + kMostInterleaving;
    return;
  }
  frame.pts -= start_;
  shown_ = true;
  ready_.emplace_back(std::move(frame));
}

void TrimmedReader::take(Packet packet) {
  if (packet.pts < start_ - kRounding) return;
  if (end_ != MediaTime::max() && packet.pts + packet.duration / 2 >= end_) {
    ended_ = ended_ || frames_ended_;
    return;
  }
  packet.pts = std::max(packet.pts - start_, MediaTime{0});
  packet.dts = packet.pts;
  ready_.emplace_back(std::move(packet));
}

}  // namespace streamkit::media
