#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/packet.hpp>

namespace streamkit::rtmp {

/// Turns the timestamps of both tracks, which are milliseconds modulo 2^32 or, from FFmpeg's FLV
/// writer, modulo 2^31, into one continuous timeline.
class Timeline {
 public:
  struct Position {
    /// Begins with the first timestamp as it is.
    std::int64_t milliseconds = 0;
    /// By how far the timestamp jumped, if it did so and the other track had not jumped there
    /// before. The position continues where the timeline was.
    std::optional<std::int64_t> jump_ms;
  };

  Position place(TrackKind kind, std::uint32_t timestamp_ms) noexcept;

 private:
  struct Track {
    bool seen = false;
    std::uint32_t timestamp_ms = 0;
    std::int64_t position_ms = 0;
  };

  std::array<Track, 2> tracks_;
};

/// Gives the packets of a video track times in decoding order.
class VideoClock {
 public:
  struct Times {
    MediaTime pts{0};
    MediaTime dts{0};
    MediaTime duration{0};
    /// One of them had to be moved.
    bool moved = false;
  };

  Times next(MediaTime dts, MediaTime composition) noexcept;
  /// Forgets what was learnt, except that `dts` must increase.
  void restart() noexcept;

 private:
  bool begun_ = false;
  // Since restart().
  bool continues_ = false;
  MediaTime last_{0};
  // How much earlier than its timestamp a frame is decoded, so that none is shown before.
  MediaTime lead_{0};
};

/// Restores the times of audio, which messages have in milliseconds only, from the number of its
/// samples.
class AudioClock {
 public:
  struct Times {
    MediaTime time{0};
    bool moved = false;
  };

  Times next(MediaTime time, MediaTime duration) noexcept;
  void restart() noexcept { continues_ = false; }

 private:
  void correct(MediaTime error, MediaTime duration) noexcept;

  bool begun_ = false;
  bool continues_ = false;
  MediaTime last_{0};
  MediaTime expected_{0};
  // The number of packets in a row that were late, and the least lateness of them.
  int late_packets_ = 0;
  MediaTime lateness_{0};
};

}  // namespace streamkit::rtmp
