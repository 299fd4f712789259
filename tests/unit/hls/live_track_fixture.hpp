#pragma once

#include <memory>
#include <streamkit/core/live_track.hpp>
#include <vector>

namespace streamkit::testing {

inline LiveTrackInfo video_track(std::string name = "v0") {
  return {.name = std::move(name),
          .kind = TrackKind::Video,
          .codecs = "avc1.64001f",
          .width_px = 1280,
          .height_px = 720,
          .frame_rate = {30, 1}};
}

inline LiveTrackInfo audio_track() {
  return {.name = "a0",
          .kind = TrackKind::Audio,
          .codecs = "mp4a.40.2",
          .sample_rate_hz = 48'000,
          .channels = 2};
}

// A track of segments of 2 s in parts of 0.5 s, each part of 1000 bytes; parts 0 and 2 begin with a
// keyframe.
class MadeTrack {
 public:
  using Segments = std::vector<std::shared_ptr<const LiveSegment>>;

  static constexpr MediaTime kPart = std::chrono::milliseconds(500);
  // 2024-03-01
  static constexpr WallTime kDateOfZero{std::chrono::seconds(1'709'251'200)};

  // `parts` below 4 leaves the segment open.
  void add(int parts = 4) {
    LiveSegment segment{.number = number_++, .run = run_, .start = end_};
    segment.date =
        kDateOfZero + std::chrono::duration_cast<WallTime::duration>(MediaTime(segment.start));
    for (int i = 0; i < parts; ++i) {
      segment.parts.push_back({.start = end_,
                               .duration = kPart,
                               .offset_bytes = segment.size_bytes,
                               .size_bytes = 1000,
                               .independent = i % 2 == 0});
      segment.duration += kPart;
      segment.size_bytes += 1000;
      end_ += kPart;
    }
    segment.complete = parts == 4;
    segments_.push_back(std::make_shared<const LiveSegment>(std::move(segment)));
  }
  void add_complete(int count) {
    for (int i = 0; i < count; ++i) add();
  }
  // Completes the last segment, however long it is.
  void complete() {
    auto whole = std::make_shared<LiveSegment>(*segments_.back());
    whole->complete = true;
    segments_.back() = whole;
  }
  // The track goes on with another run after a break.
  void begin_run(MediaTime lost = MediaTime{0}) {
    ++run_;
    end_ += lost;
  }
  void skip_numbers(std::uint64_t count) {
    number_ += count;
    end_ += static_cast<std::int64_t>(count) * 4 * kPart;
  }
  // The window slides.
  void remove_first(std::size_t count) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  [[nodiscard]] const Segments& segments() const { return segments_; }

 private:
  std::uint64_t number_ = 0;
  std::uint64_t run_ = 0;
  MediaTime end_{0};
  Segments segments_;
};

}  // namespace streamkit::testing
