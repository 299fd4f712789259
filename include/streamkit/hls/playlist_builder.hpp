#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/manifest.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <vector>

namespace streamkit::hls {

struct STREAMKIT_API PlaylistBuilderOptions {
  /// The nominal length of a segment; fixes EXT-X-TARGETDURATION for the life of the playlist.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// Time at which the first frame of segment 0 was captured. Written for that segment only:
  /// players follow the durations from it, and a playlist that they reload every few seconds stays
  /// short. If empty, the tag is not written.
  std::optional<WallTime> program_date_time = {};
  /// Prefix of each `segment_file_name(index)`. If empty, segments are beside the playlist.
  /// Characters that a URI may contain, without '"'.
  std::string uri_prefix = {};
  /// Returns the whole URI of a segment, replacing the prefix and name above: absolute or signed,
  /// always the same for an index. Not empty, without '"', does not start with '#'.
  std::function<std::string(std::uint64_t index)> uri_of = {};
};

/// Returns EXT-X-TARGETDURATION for chunks of a nominal length: that length plus 100 ms, rounded to
/// the nearest second, at least 1. A chunk is cut at the first frame after its nominal end, so it
/// is up to one frame longer; 100 ms is one frame of the slowest video (10 Hz) that must never
/// exceed the target. 5 s gives 5, 0.5 s gives 1, 5.49 s gives 6.
STREAMKIT_API [[nodiscard]] std::chrono::seconds target_duration_for(
    MediaTime chunk_duration) noexcept;

/// Returns whether a segment of this length exceeds the target duration as players count it:
/// rounded to the nearest second.
STREAMKIT_API [[nodiscard]] bool is_overlong(MediaTime segment_duration,
                                             std::chrono::seconds target_duration) noexcept;

/// Returns the entries that a playlist has for a segment: one, or, if it exceeds the target
/// duration, as few of its parts together as do not.
STREAMKIT_API [[nodiscard]] std::vector<ChunkPart> playlist_entries(
    const SegmentRecord& segment, std::chrono::seconds target_duration);

/// Builds an EVENT playlist of stored segments whose text only grows at its end. Segments may be
/// added in any order and repeatedly. The contiguous run from index 0 on is listed; segments after
/// a gap are held back until the gap is filled. Each segment is listed without its own header
/// (EXT-X-BYTERANGE); the header of segment 0 is the initialization section of all (EXT-X-MAP).
/// A segment that is longer than the target duration is listed in parts, if it has any.
/// VERSION is 6, which EXT-X-MAP needs outside I-frame playlists (RFC 8216 section 7). EXTINF is
/// exact to the flick, so that sums do not drift.
/// Thread-safety: one thread at a time.
class STREAMKIT_API PlaylistBuilder final : public ManifestWriter {
 public:
  explicit PlaylistBuilder(PlaylistBuilderOptions options = {});

  /// Lists the segment, or holds it back after a gap. Ignores a segment that is already listed or
  /// is beyond the end; replaces one that is held back. Amortized O(1) in order, O(log held back)
  /// otherwise.
  /// Errors: InvalidArgument if the record cannot be listed: a duration of 0 or less, or no bytes
  /// in the header or after it.
  Result<void> add(const SegmentRecord& record) override;

  /// Ends the stream at `final_count` segments. EXT-X-ENDLIST is written after the last of them,
  /// immediately if all are listed, and no segment is listed after it. Only the first call has an
  /// effect.
  void end(std::uint64_t final_count) override;

  /// Returns the current playlist, which is always valid. The reference is valid for the lifetime
  /// of the builder; only add() and end() change the text.
  [[nodiscard]] const std::string& text() const noexcept override { return text_; }

  /// Returns the number of listed segments.
  [[nodiscard]] std::uint64_t published() const noexcept override { return published_; }
  /// Returns the total duration of the listed segments.
  [[nodiscard]] MediaTime duration() const noexcept override { return duration_; }
  /// Returns the number of segments that wait for an earlier one, at most the number of stored
  /// segments.
  [[nodiscard]] std::size_t held_back() const noexcept { return held_back_.size(); }
  /// Returns whether EXT-X-ENDLIST is written.
  [[nodiscard]] bool complete() const noexcept override { return complete_; }
  [[nodiscard]] std::chrono::seconds target_duration() const noexcept { return target_duration_; }
  /// Returns the number of entries that were listed although they exceed the target duration: a
  /// live stream continues, but players may stall there. If above 0, the chunks of the source are
  /// longer than announced and have too few keyframes.
  [[nodiscard]] std::uint64_t overlong_segments() const noexcept { return overlong_segments_; }

 private:
  void publish(const SegmentRecord& record);
  void finish_if_complete();

  PlaylistBuilderOptions options_;
  std::chrono::seconds target_duration_;
  std::string text_;
  std::map<std::uint64_t, SegmentRecord> held_back_;
  std::optional<std::uint64_t> final_count_;
  std::uint64_t published_ = 0;
  MediaTime duration_{0};
  std::uint64_t overlong_segments_ = 0;
  bool complete_ = false;
};

}  // namespace streamkit::hls
