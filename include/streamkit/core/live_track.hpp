#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <vector>

namespace streamkit {

/// How one track of a live stream is announced to players: a rendition of its video or of its
/// audio. Constant for a run of the track.
struct STREAMKIT_API LiveTrackInfo {
  /// Unique within the stream, and part of URLs: "v0" (the source's video), "v1" ... (renditions),
  /// "a0" (audio).
  std::string name = {};
  TrackKind kind = TrackKind::Video;
  /// As in the CODECS attribute of RFC 6381: "avc1.64001f", "mp4a.40.2".
  std::string codecs = {};
  /// Video only.
  int width_px = 0;
  int height_px = 0;
  FrameRate frame_rate = {};
  /// Audio only.
  int sample_rate_hz = 0;
  int channels = 0;

  friend bool operator==(const LiveTrackInfo&, const LiveTrackInfo&) = default;
};

/// A part of a segment: one moof and its mdat.
struct STREAMKIT_API LivePart {
  MediaTime start{0};
  MediaTime duration{0};
  /// From the first byte of the segment.
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  /// Decoding can start at its first sample.
  bool independent = false;

  friend bool operator==(const LivePart&, const LivePart&) = default;
};

/// A segment of one track, perhaps still growing. Segments of the same number play at the same
/// time in all tracks of a stream, to within a frame.
struct STREAMKIT_API LiveSegment {
  /// Counts 0, 1, 2, ... over the whole stream.
  std::uint64_t number = 0;
  /// Which initialization section it needs. Counts up when the configuration of the track changes
  /// or the timeline breaks: a discontinuity is between segments of different runs.
  std::uint64_t run = 0;
  MediaTime start{0};
  /// The sum of the durations of its parts so far.
  MediaTime duration{0};
  std::uint64_t size_bytes = 0;
  std::vector<LivePart> parts = {};
  /// No part will be added.
  bool complete = false;
  /// The wall-clock time of its first sample.
  WallTime date{};

  friend bool operator==(const LiveSegment&, const LiveSegment&) = default;
};

/// Segments of one track, oldest first, with numbers that grow. Not null. Only the last one may be
/// incomplete.
using LiveSegmentList = std::span<const std::shared_ptr<const LiveSegment>>;

/// Takes the media of one live stream as it is made. `track` is an index into the tracks that
/// were announced. Thread-safety: one thread at a time.
class STREAMKIT_API LiveTrackSink {
 public:
  virtual ~LiveTrackSink() = default;
  /// Before the first part of a track, and again whenever its initialization section changes:
  /// begins a run. `init` is its ftyp and moov.
  virtual Result<void> begin_run(std::size_t track, const LiveTrackInfo& info, Bytes init) = 0;
  /// The next part of segment `number` of the track; its `offset_bytes` follows from the parts
  /// before. Numbers never go back; a part with a higher number completes the segments below it.
  virtual Result<void> add_part(std::size_t track, std::uint64_t number, const LivePart& part,
                                Bytes bytes) = 0;
  /// No part will be added to segment `number` of the track.
  virtual Result<void> end_segment(std::size_t track, std::uint64_t number) = 0;
};

}  // namespace streamkit
