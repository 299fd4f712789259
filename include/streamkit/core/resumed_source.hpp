#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/source.hpp>
#include <streamkit/core/wall_time.hpp>

namespace streamkit {

/// Where a stream continues that was interrupted.
struct STREAMKIT_API ResumePoint {
  /// The index of the next chunk. 0: nothing was cut, so the stream begins anew.
  std::uint64_t next_index = 0;
  /// Where the last chunk's video ends on the stream's timeline: the next frame's timestamp.
  MediaTime start{0};
  /// Where the last chunk's audio ends: the next audio sample's timestamp.
  MediaTime audio_end{0};
  /// When the last chunk was cut, by the time of day. Empty: unknown.
  std::optional<WallTime> cut_at = {};
};

struct STREAMKIT_API ResumedSourceOptions {
  ResumePoint point = {};
  /// A gap up to this is filled with the last frame and silence, so that the stream's time keeps
  /// up with the time of day. After a longer one the stream continues immediately, with what is
  /// captured now: viewers see a cut. 0: never filled, which is right for files.
  MediaTime max_gap = std::chrono::seconds(10);
  /// The frame to show during the gap. Empty, or of another format than the source's: the first new
  /// frame.
  std::optional<VideoFrame> last_frame = {};
  /// Dropped from the beginning of `source`: how much of a file was captured before.
  MediaTime skip{0};
};

/// Continues an interrupted stream with another source: moves its frames and audio to where the
/// stream ended, and fills the gap. Open the encoder for format(), and the chunker with
/// `point.next_index` as its first index and the stream's grid.
///
/// Timestamps, sample rate and layout of the stream continue without a gap in either case. A cut
/// therefore needs no EXT-X-DISCONTINUITY in the playlist, and every player passes it.
/// Thread-safety: as Source; gap() from any thread.
class STREAMKIT_API ResumedSource : public Source {
 public:
  /// `source` and what `context` points to must outlive the result. The clock is `context`'s.
  /// Errors: InvalidArgument (a negative time in `options`).
  static Result<std::unique_ptr<ResumedSource>> create(Source& source, ResumedSourceOptions options,
                                                       Context context = {});

  /// The time between the last chunk and the first new frame. Empty before the first frame, and
  /// when it is unknown. It was filled if it is not above `max_gap`.
  [[nodiscard]] virtual std::optional<MediaTime> gap() const = 0;
};

}  // namespace streamkit
