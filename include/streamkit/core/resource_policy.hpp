#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <streamkit/core/media_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

/// The cost that one chunk of unknown origin may have. A chunk that exceeds it is not converted: a
/// filler of the nominal chunk length takes its place.
struct STREAMKIT_API ResourcePolicy {
  /// Media time, as a multiple of the nominal chunk length and a part beside it. A sender that cuts
  /// at keyframes only may need twice the nominal length.
  double chunk_lengths = 2;
  MediaTime extra_duration = std::chrono::seconds(2);
  /// Frames per second of media time: the fastest that cameras and phones send.
  double max_frames_per_second = 240;
  /// Pixels of a frame: 8K of cinemas and of every other camera. Checked before a frame is decoded,
  /// and again when the size changes.
  std::int64_t max_pixels = std::int64_t{8192} * 4320;
  /// Tracks of a file, of all kinds.
  int max_tracks = 32;
  /// Samples that the index of a file may announce; FFmpeg takes 24 bytes for each. There may also
  /// be at most one for each byte of the file.
  std::int64_t max_samples = 4'000'000;
  /// The sample rate of audio. The filters of a higher one would take gigabytes.
  int max_sample_rate_hz = 768'000;
  /// Address space of the process that converts, where conversions have one of their own.
  std::uint64_t max_memory_bytes = std::uint64_t{4} << 30;
  /// Processor time that may pass before the tracks of a chunk are known. A demuxer can be kept
  /// busy for minutes by a few kilobytes.
  std::chrono::seconds max_open_time{10};
  /// Time that one conversion may take: of all its processors together, and by the clock.
  std::chrono::seconds max_cpu_time{300};
  std::chrono::seconds max_wall_time{300};
  /// FFmpeg's names of the codecs that may be decoded, as in "h264". Empty: the default list of the
  /// room `media`.
  std::vector<std::string> decoders = {};
};

/// A part of the policy.
enum class Limit {
  Duration,
  FrameRate,
  Pixels,
  Tracks,
  Samples,
  SampleRate,
  Decoder,
  Memory,
  CpuTime,
  ClockTime,
};

inline constexpr std::array kLimits = {
    Limit::Duration,   Limit::FrameRate, Limit::Pixels, Limit::Tracks,  Limit::Samples,
    Limit::SampleRate, Limit::Decoder,   Limit::Memory, Limit::CpuTime, Limit::ClockTime};

/// Returns the limit's name in metrics, as in "frame_rate".
STREAMKIT_API [[nodiscard]] std::string_view to_string(Limit limit) noexcept;

/// Returns the error for a chunk that exceeds a limit: Unsupported, of a domain that names the
/// limit, as "limit.frame_rate". `what` states what was found and what is allowed.
STREAMKIT_API [[nodiscard]] Error limit_exceeded(Limit limit, std::string what);

/// Returns the limit that an error of limit_exceeded() is about.
STREAMKIT_API [[nodiscard]] std::optional<Limit> exceeded_limit(const Error& error) noexcept;

/// Returns the time that a chunk may last at most.
STREAMKIT_API [[nodiscard]] MediaTime longest_chunk(const ResourcePolicy& policy,
                                                    MediaTime nominal);

/// Returns the error for a chunk that is longer.
STREAMKIT_API [[nodiscard]] Error chunk_too_long(const ResourcePolicy& policy, MediaTime nominal);

}  // namespace streamkit
