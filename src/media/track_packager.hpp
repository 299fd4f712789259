#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/cmaf_packager.hpp>
#include <vector>

#include "media/mp4_fragment.hpp"
#include "media/track_configuration.hpp"

namespace streamkit::media {

/// Where a segment begins, on the stream's timeline.
struct SegmentCut {
  MediaTime at{0};
  std::uint64_t number = 0;
  bool begins_run = false;
  /// Video begins it with a keyframe only.
  bool needs_keyframe = true;
  /// From this run on. Empty: as before.
  std::optional<TrackConfiguration> configuration = {};
};

/// What the tracks of a stream share.
struct SharedPackaging {
  LiveTrackSink& sink;
  CmafCounts counts = {};
  /// No part may be longer.
  MediaTime longest_part{0};
  /// The expected distance of frames of video.
  MediaTime frame_duration{0};
  /// Of all parts so far.
  MediaTime longest_seen{0};
};

/// Turns the samples of one track into parts. Times are those of the stream's timeline.
class TrackPackager {
 public:
  using TimePoint = CmafPackager::TimePoint;

  TrackPackager(std::size_t index, TrackConfiguration configuration, SharedPackaging& shared)
      : index_(index), shared_(shared), configuration_(std::move(configuration)) {}

  [[nodiscard]] bool is_video() const noexcept { return configuration_.is_video(); }
  [[nodiscard]] const TrackConfiguration& configuration() const noexcept { return configuration_; }
  /// Returns where the samples of the run end; the last one lasts as long as expected.
  [[nodiscard]] std::optional<MediaTime> end() const noexcept;

  /// A segment begins with the first sample that fits the cut. Cuts come in order.
  void cut(SegmentCut cut);
  /// In the next run, decoding times are earlier by this.
  void shift_decoding(MediaTime by) noexcept { next_decode_shift_ = by; }
  Result<void> place(Packet packet, TimePoint now);
  /// Passes on what is left and ends the segment.
  Result<void> finish();

  [[nodiscard]] std::optional<TimePoint> deadline() const noexcept;
  Result<void> advance(TimePoint now);

 private:
  struct Sample {
    Bytes data;
    std::vector<NalUnit> units;  // in `data`; empty if it is copied as it is
    FragmentSample entry;
    std::int64_t decode_time = 0;
    TimePoint arrived;
  };

  [[nodiscard]] MediaTime time_of(std::int64_t ticks) const noexcept;
  [[nodiscard]] std::int64_t ticks_of(MediaTime time) const noexcept;
  [[nodiscard]] std::int64_t longest_part() const noexcept;
  [[nodiscard]] std::int64_t expected_end() const noexcept;
  [[nodiscard]] std::int64_t duration_of(const Packet& packet) const noexcept;
  [[nodiscard]] bool begins_segment(const Packet& packet, const SegmentCut& cut) const noexcept;
  Result<void> take_cuts(const Packet& packet);
  Result<void> begin_segment(SegmentCut cut, const Packet& packet);
  Result<void> end_segment();
  void begin_run(SegmentCut& cut, const Packet& packet);
  void time_video(const Packet& packet, Sample& sample);
  [[nodiscard]] bool time_audio(const Packet& packet, Sample& sample);
  Result<void> split_overlong(std::int64_t end);
  Result<void> close(std::int64_t end);
  Result<void> close_before(const Sample& next);
  Result<void> emit(std::size_t count, std::int64_t end);
  Result<void> announce_run(std::size_t bytes, MediaTime duration);
  [[nodiscard]] Bytes fragment(std::size_t count);
  [[nodiscard]] bool is_full() const noexcept;

  const std::size_t index_;
  SharedPackaging& shared_;
  TrackConfiguration configuration_;
  std::deque<SegmentCut> cuts_;
  std::uint64_t number_ = 0;
  bool in_segment_ = false;
  bool has_parts_ = false;  // the segment
  bool run_pending_ = true;
  std::uint32_t sequence_ = 0;

  std::vector<Sample> samples_;              // of the part that grows
  std::optional<std::int64_t> emitted_end_;  // of the last part of the run
  std::int64_t late_sum_ = 0;                // how late the stated times of audio are, on average
  MediaTime next_decode_shift_{0};
  MediaTime decode_shift_{0};
  std::int64_t delay_ = 0;  // from decoding to presentation, of the first sample of the run
};

}  // namespace streamkit::media
