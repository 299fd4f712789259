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

namespace streamkit::hls {

struct STREAMKIT_API PlaylistBuilderConfig {
  /// The nominal length of a segment; fixes EXT-X-TARGETDURATION for the life of the playlist.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// When the first frame of segment 0 was taken. Written there only: players follow the durations
  /// from it, and a playlist that they reload every few seconds stays short. Empty: no such tag.
  std::optional<WallTime> program_date_time;
  /// Stands before each `segment_file_name(index)`. Empty: beside the playlist. Characters that a
  /// URI may have, without '"'.
  std::string uri_prefix;
  /// A segment's whole URI, instead of the above: absolute or signed, the same for an index each
  /// time. Not empty, without '"', does not start with '#'.
  std::function<std::string(std::uint64_t index)> uri_of = {};
};

/// EXT-X-TARGETDURATION for chunks of a nominal length: that length and 100 ms, rounded to the
/// nearest second, at least 1. A chunk is cut at the first frame after its nominal end, so it is
/// up to one frame longer, and 100 ms is a frame of the slowest video (10 Hz) that must never
/// exceed the target. 5 s gives 5, 0.5 s gives 1, 5.49 s gives 6.
STREAMKIT_API [[nodiscard]] std::chrono::seconds target_duration_for(
    MediaTime chunk_duration) noexcept;

/// Whether a segment of this length exceeds the target duration, as players count it: rounded to
/// the nearest second.
STREAMKIT_API [[nodiscard]] bool is_overlong(MediaTime segment_duration,
                                             std::chrono::seconds target_duration) noexcept;

/// Turns stored segments into an EVENT playlist whose text only ever grows at its end. Segments
/// may be added in any order and repeatedly; the contiguous run from index 0 on is listed, what
/// lies behind a hole is held back until the hole is filled.
/// Each segment is listed without its own header (EXT-X-BYTERANGE); segment 0's header is the
/// initialization section of all (EXT-X-MAP). VERSION is 6, which EXT-X-MAP needs outside I-frame
/// playlists (RFC 8216 section 7). EXTINF is exact to the flick, so that sums do not drift.
/// Thread-safety: none; one thread at a time.
class STREAMKIT_API PlaylistBuilder final : public ManifestWriter {
 public:
  explicit PlaylistBuilder(PlaylistBuilderConfig config = {});

  /// Lists the segment, or holds it back at a hole. A segment that is listed already, or lies
  /// beyond the end, changes nothing; one held back is replaced. Amortized O(1) in order,
  /// O(log held back) otherwise.
  /// Errors: InvalidArgument when the record cannot be listed: a duration of 0 or less, or no
  /// bytes in the header or after it.
  Result<void> add(const SegmentRecord& record) override;

  /// The stream has `final_count` segments: EXT-X-ENDLIST follows the last of them, at once when
  /// they are listed, and no segment comes after. The first call counts.
  void end(std::uint64_t final_count) override;

  /// The playlist as it stands, always valid. The reference holds as long as the builder; the text
  /// changes with add() and end() only.
  [[nodiscard]] const std::string& text() const noexcept override { return text_; }

  /// Segments listed.
  [[nodiscard]] std::uint64_t published() const noexcept override { return published_; }
  /// How long they play.
  [[nodiscard]] MediaTime duration() const noexcept override { return duration_; }
  /// Segments that wait for an earlier one. As many as are stored at most.
  [[nodiscard]] std::size_t held_back() const noexcept { return held_back_.size(); }
  /// Whether EXT-X-ENDLIST is written.
  [[nodiscard]] bool complete() const noexcept override { return complete_; }
  [[nodiscard]] std::chrono::seconds target_duration() const noexcept { return target_duration_; }
  /// Segments listed although they exceed the target duration: a live stream goes on, but players
  /// may stall there. Above 0 the source's chunks are longer than announced.
  [[nodiscard]] std::uint64_t overlong_segments() const noexcept { return overlong_segments_; }

 private:
  void publish(const SegmentRecord& record);
  void finish_if_complete();

  PlaylistBuilderConfig config_;
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
