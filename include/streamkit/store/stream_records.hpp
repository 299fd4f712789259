#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

struct STREAMKIT_API SessionProgress {
  /// The number of chunks and of segments that are stored from index 0 without a hole.
  std::uint64_t contiguous_chunks = 0;
  std::uint64_t contiguous_segments = 0;
};

/// The sessions whose records have changed.
struct STREAMKIT_API SessionChanges {
  /// The cursor for the next call.
  std::uint64_t cursor = 0;
  /// Each session once, in no particular order.
  std::vector<std::string> session_ids;
};

/// Records of the chunks and segments that are stored for sessions.
/// Thread-safety: every method may be called from any thread, and for a store on disk from any
/// process, concurrently. All can fail with Unavailable (try again).
class STREAMKIT_API StreamRecords {
 public:
  virtual ~StreamRecords() = default;

  /// Records that a chunk was stored at `at`. Recording it again only refreshes the session's idle
  /// timer. Errors: NotFound (session).
  virtual Result<void> record_chunk(std::string_view session_id, std::uint64_t index,
                                    WallTime at) = 0;
  /// Records that a segment was stored. Recording one of the same index and rendition again
  /// replaces the record.
  /// Errors: NotFound (session).
  virtual Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) = 0;
  /// Returns at most `limit` records with index >= `first`, in ascending order of their index.
  /// Holes are skipped.
  /// Errors: NotFound (session).
  virtual Result<std::vector<SegmentRecord>> segments(std::string_view session_id,
                                                      std::uint64_t first, std::size_t limit) = 0;
  /// Returns the progress of the session. Errors: NotFound (session).
  virtual Result<SessionProgress> progress(std::string_view session_id) = 0;
  /// Returns the sessions that were created or ended, or had a chunk or segment recorded, after the
  /// call that returned `cursor`; 0 means the beginning. Blocks up to `wait` for a change; the
  /// result is empty when there was none or `stop` was requested. Delivery is at least once, except
  /// for a session that was removed meanwhile. Returns at most 1,000 sessions: call again until the
  /// result is empty.
  virtual Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                         std::stop_token stop) = 0;
};

}  // namespace streamkit
