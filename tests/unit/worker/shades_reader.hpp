#pragma once

#include <algorithm>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/media_reader.hpp>

namespace streamkit::worker {

/// A frame of 64x32 in one colour, a second long.
inline VideoFrame plain_frame(int luma, int u, int v, MediaTime pts = MediaTime{0}) {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = 64, .height_px = 32});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    const int value = p == 0 ? luma : p == 1 ? u : v;
    for (int y = 0; y < plane.height_px; ++y) {
      std::fill_n(plane.row(y), plane.width_px, static_cast<std::uint8_t>(value));
    }
  }
  return std::move(frame).publish(pts, std::chrono::seconds(1));
}

/// A frame a second, each a little brighter, from a time of its own on.
class ShadesReader final : public MediaReader {
 public:
  explicit ShadesReader(int count) : count_(count) { info_.video = plain_frame(0, 0, 0).format; }
  const MediaInfo& info() const noexcept override { return info_; }
  Result<MediaItem> read(std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (next_ == count_) return MediaItem(EndOfStream{});
    ++next_;
    return MediaItem(plain_frame(15 + next_ * 20, 128, 128, std::chrono::seconds(99 + next_)));
  }
  MediaInfo info_;
  int next_ = 0;

 private:
  const int count_;
};

}  // namespace streamkit::worker
