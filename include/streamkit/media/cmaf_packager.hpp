#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <variant>
#include <vector>

namespace streamkit::media {

/// A coded track of a live stream. `name` is unique in the stream and part of URLs: "v0", "a0".
struct STREAMKIT_API CmafTrack {
  std::string name;
  std::variant<VideoTrack, AudioTrack> coded;
};

/// Returns the tracks of one publisher: "v0" if there is video, then "a0" if there is audio.
STREAMKIT_API [[nodiscard]] std::vector<CmafTrack> cmaf_tracks(const Tracks& tracks);

struct STREAMKIT_API CmafOptions {
  /// The grid of segments: one begins with the first keyframe at or after each multiple. From
  /// 0.5 s. Longer ones need fewer requests and delay players without low latency.
  MediaTime segment_duration = std::chrono::seconds(2);
  /// The length of parts, from 0.1 s. Shorter ones lower the latency and cost a request each. The
  /// whole number of frames that is nearest to it is used.
  MediaTime part_duration = std::chrono::milliseconds(500);
  /// How much media is seen before the targets are fixed.
  MediaTime settle_duration = std::chrono::milliseconds(1250);
  /// The number of the first segment, and the time on the stream's timeline where it begins at the
  /// earliest: for a stream that continues.
  std::uint64_t first_number = 0;
  MediaTime start{0};
};

/// The durations that playlists announce. Constant from the time when it is known.
struct STREAMKIT_API CmafTargets {
  /// No segment is longer when its duration is rounded to whole seconds.
  std::chrono::seconds segment{2};
  /// No part is longer, except one that holds a single frame that is.
  MediaTime part{0};

  friend bool operator==(const CmafTargets&, const CmafTargets&) = default;
};

/// Counts packets that were not passed on as they came, and irregularities of the source.
struct STREAMKIT_API CmafCounts {
  /// Before the first keyframe, or far away from the timeline of the video.
  std::uint64_t dropped_packets = 0;
  /// Decoding times that ran backwards a little, and presentation times far away from them.
  std::uint64_t clamped_packets = 0;
  std::uint64_t timeline_breaks = 0;
  /// Segments that begin without a keyframe, because the next one came too late for the target.
  std::uint64_t segments_without_keyframe = 0;
  /// Parts that are longer than the target: a single frame that lasted longer.
  std::uint64_t overlong_parts = 0;
  /// The longest distance of two keyframes of the first track.
  MediaTime longest_gop{0};

  friend bool operator==(const CmafCounts&, const CmafCounts&) = default;
};

/// Cuts the packets of a live stream into the segments and parts of one CMAF set, each track in
/// files of its own, without decoding. The first video track leads (without video: the first audio
/// track): its keyframes decide where segments begin, and all other tracks are cut at the same
/// numbers: audio to within half a packet, video at its own next keyframe.
///
/// The stream's timeline starts at CmafOptions::start and is continuous: a publisher's times are
/// moved as a whole. A jump of the leading track of more than 10 s, or back by more than 0.5 s,
/// starts a new run at its next keyframe, and so does a change of the configuration, also if only
/// the coded pictures state it. All tracks begin a run with the same segment number.
///
/// A part is passed on when the packet after it shows its exact duration, or by advance(). After
/// the targets are fixed, a segment whose next keyframe would come too late ends without one: the
/// next segment begins with a part that is not independent.
/// Memory: the samples of one part for each track, and audio that is ahead of the video.
/// Thread-safety: one thread at a time.
/// Source: ISO/IEC 23000-19; draft-pantos-hls-rfc8216bis-22, 4.4.3.8 and 4.4.4.9.
class STREAMKIT_API CmafPackager {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `sink` must outlive the packager; its indices are those of `tracks`.
  /// Errors: InvalidArgument (the options; no track); Unsupported (a codec).
  static Result<std::unique_ptr<CmafPackager>> create(std::vector<CmafTrack> tracks,
                                                      LiveTrackSink& sink,
                                                      const CmafOptions& options = {});
  virtual ~CmafPackager() = default;

  /// Takes the next packet of a track, which arrived at `now`. The packets of each track come in
  /// decoding order. Errors: those of the sink; InvalidArgument (no such track); CorruptData,
  /// Unsupported (a configuration that cannot be used).
  virtual Result<void> push(std::size_t track, Packet packet, TimePoint now) = 0;
  /// Passes on the parts whose last sample came and whose next packet is late. Such a part ends
  /// where the next packet is expected.
  virtual Result<void> advance(TimePoint now) = 0;
  /// Returns when advance() has something to do; nothing if it has not until the next packet.
  [[nodiscard]] virtual std::optional<TimePoint> next_deadline() const = 0;
  /// Replaces the configuration of the tracks, from the next keyframe of the leading track on.
  /// Number, names and kinds stay. Equal tracks change nothing. Audio of a new configuration that
  /// comes before that keyframe is dropped. Errors: InvalidArgument.
  virtual Result<void> set_tracks(std::vector<CmafTrack> tracks) = 0;
  /// Passes on everything and ends the segments: the publisher is gone, or its timeline breaks. A
  /// later keyframe starts a new run, at its distance in real time.
  virtual Result<void> flush() = 0;

  /// Empty until enough was seen.
  [[nodiscard]] virtual std::optional<CmafTargets> targets() const = 0;
  [[nodiscard]] virtual CmafCounts counts() const = 0;
  /// Returns the number that the next segment will have, and where all media so far end.
  [[nodiscard]] virtual std::uint64_t next_number() const = 0;
  [[nodiscard]] virtual MediaTime end() const = 0;
};

}  // namespace streamkit::media
