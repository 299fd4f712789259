#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/packet.hpp>

namespace streamkit::capture {

/// How a stream comes.
enum class Arrival {
  Steady,    ///< As it is produced. A server may send the last seconds first.
  Segments,  ///< In bursts, each of the length of a segment.
  Whole      ///< As fast as it is taken.
};

/// Maps the timestamps of a live input to the steady clock.
/// Thread-safety: none.
class STREAMKIT_API LiveClock {
 public:
  virtual ~LiveClock() = default;
  /// Returns the clock of the next connection, whose timestamps may be unrelated.
  [[nodiscard]] virtual std::unique_ptr<LiveClock> next(Arrival arrival) const = 0;
  /// A packet with this timestamp of decoding has arrived.
  virtual void arrive(TrackKind track, MediaTime time, CaptureTime now) = 0;
  /// Returns when media of this timestamp was captured, or is to be shown; no value while that is
  /// not known yet.
  [[nodiscard]] virtual std::optional<CaptureTime> time_of(MediaTime time,
                                                           CaptureTime now) const = 0;
  /// Media that was to be shown before this is left out.
  [[nodiscard]] virtual CaptureTime earliest() const = 0;
  /// Returns whether frames wait for their time.
  [[nodiscard]] virtual bool is_paced() const noexcept = 0;
};

/// Plays a stream whose packets arrive unevenly: both tracks by one clock, so that they stay
/// together, and each frame at its time. The buffer grows when packets come late, and grows or
/// shrinks by at most 400 ppm to follow the sender's clock.
class STREAMKIT_API PlayoutClock final : public LiveClock {
 public:
  explicit PlayoutClock(Arrival arrival) noexcept : arrival_(arrival) {}

  [[nodiscard]] std::unique_ptr<LiveClock> next(Arrival arrival) const override;
  void arrive(TrackKind track, MediaTime time, CaptureTime now) override;
  [[nodiscard]] std::optional<CaptureTime> time_of(MediaTime time, CaptureTime now) const override;
  [[nodiscard]] CaptureTime earliest() const override { return earliest_; }
  [[nodiscard]] bool is_paced() const noexcept override { return true; }

 private:
  using Nanoseconds = std::chrono::nanoseconds;
  void start(MediaTime time, CaptureTime now);
  void settle(TrackKind track, Nanoseconds raw);
  void follow(Nanoseconds slack, CaptureTime now);
  [[nodiscard]] bool is_settling(CaptureTime now) const;

  const Arrival arrival_;
  bool begun_ = false;
  std::optional<Nanoseconds> offset_;  // from timestamps to the steady clock
  CaptureTime first_arrival_{};
  CaptureTime earliest_{};
  // While it settles: the least offset of each track.
  std::array<std::optional<Nanoseconds>, 2> least_;
  // The least time by which packets were early, in the window that runs.
  std::optional<Nanoseconds> least_slack_;
  CaptureTime window_begin_{};
};

/// Times of a device. Where its timestamps are those of the steady clock they are taken as they
/// are; otherwise they are moved so that no frame is captured after it arrived, which removes the
/// jitter of arrival.
class STREAMKIT_API DeviceClock final : public LiveClock {
 public:
  [[nodiscard]] std::unique_ptr<LiveClock> next(Arrival /*arrival*/) const override {
    return std::make_unique<DeviceClock>();
  }
  void arrive(TrackKind track, MediaTime time, CaptureTime now) override;
  [[nodiscard]] std::optional<CaptureTime> time_of(MediaTime time, CaptureTime now) const override;
  [[nodiscard]] CaptureTime earliest() const override { return CaptureTime::min(); }
  [[nodiscard]] bool is_paced() const noexcept override { return false; }

 private:
  std::optional<std::chrono::nanoseconds> offset_;
  bool is_steady_ = false;
  CaptureTime last_{};
};

}  // namespace streamkit::capture
