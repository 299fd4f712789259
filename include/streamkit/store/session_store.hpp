#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

struct STREAMKIT_API Session {
  std::string id;
  StereoMode mode = StereoMode::FullSbs;
  /// The nominal length of a chunk, from which the playlist's target duration follows.
  MediaTime chunk_duration = std::chrono::seconds(5);
  WallTime created_at = {};
  /// Lets its holder end the session and renew its credentials.
  std::string control_token;
  std::optional<WallTime> ended_at = {};
  /// Set by end(): the number of chunks stored without a hole by then. The playlist is complete
  /// with as many segments.
  std::optional<std::uint64_t> final_chunk_count = {};
};

struct STREAMKIT_API SessionCounts {
  /// Not ended.
  std::uint64_t live = 0;
  /// Of these, without a new chunk since the given time.
  std::uint64_t overdue = 0;
};

/// Which sessions something was recorded for.
struct STREAMKIT_API SessionChanges {
  /// To be given to the next call.
  std::uint64_t cursor = 0;
  /// Each once, in no promised order.
  std::vector<std::string> session_ids;
};

/// Upload credentials that cover `input_prefix(session_id)` only.
struct STREAMKIT_API ScopedCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string session_id;
  WallTime expires_at = {};
};

struct STREAMKIT_API SessionProgress {
  /// Chunks and segments stored from index 0 on without a hole.
  std::uint64_t contiguous_chunks = 0;
  std::uint64_t contiguous_segments = 0;
};

/// Sessions, their credentials, and what has been stored for them.
/// Thread-safety: every method may be called from any thread, and for a store on disk from any
/// process, at once. All can fail with Unavailable (try again).
class STREAMKIT_API SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Errors: AlreadyExists; InvalidArgument (id).
  virtual Result<void> create(const Session& session) = 0;
  /// Errors: NotFound.
  virtual Result<Session> find(std::string_view session_id) = 0;
  /// Ends the session and fixes its final_chunk_count; the first call counts, later ones change
  /// nothing. Returns the session as it stands. Errors: NotFound.
  virtual Result<Session> end(std::string_view session_id, WallTime at) = 0;
  /// Ends, as end() does, up to `limit` live sessions whose newest chunk, or else creation, is
  /// older than `idle_since`; a chunk that is recorded meanwhile keeps its session alive. Returns
  /// those that this call ended.
  virtual Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                                std::size_t limit) = 0;
  /// Live sessions whose ids sort after `after_id`, by rising id, `limit` at most.
  virtual Result<std::vector<Session>> live_sessions(std::string_view after_id,
                                                     std::size_t limit) = 0;
  /// Sessions that ended before `before`, longest ended first, `limit` at most.
  virtual Result<std::vector<Session>> ended_sessions(WallTime before, std::size_t limit) = 0;
  /// The same, without those whose input was removed.
  virtual Result<std::vector<Session>> ended_sessions_with_input(WallTime before,
                                                                 std::size_t limit) = 0;
  /// Sessions that ended at `since` or later and whose ids sort after `after_id`, by rising id,
  /// `limit` at most.
  virtual Result<std::vector<Session>> recently_ended_sessions(WallTime since,
                                                               std::string_view after_id,
                                                               std::size_t limit) = 0;
  /// The session's chunks are no longer in the object store. Errors: NotFound.
  virtual Result<void> mark_input_removed(std::string_view session_id) = 0;
  /// Forgets the session, its credentials and records; success when there is none.
  virtual Result<void> remove(std::string_view session_id) = 0;
  virtual Result<SessionCounts> count(WallTime idle_since) = 0;

  /// Sessions that were created or ended, or had a chunk or segment recorded, after the call that
  /// returned `cursor`; 0 stands for the beginning. Blocks up to `wait` for one; empty when there
  /// was none or `stop` was requested. A change may be told twice, never not at all, except that of
  /// a session removed meanwhile. Tells of 1,000 sessions at most: call again until it is empty.
  virtual Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                         std::stop_token stop) = 0;

  /// Earlier credentials stay valid until they expire. Errors: NotFound (session).
  virtual Result<void> add_credentials(const ScopedCredentials& credentials) = 0;
  /// Expired ones are found too. Errors: NotFound.
  virtual Result<ScopedCredentials> find_credentials(std::string_view access_key_id) = 0;

  /// A chunk was stored at `at`; recording it again changes nothing but the session's last sign of
  /// life. Errors: NotFound (session).
  virtual Result<void> record_chunk(std::string_view session_id, std::uint64_t index,
                                    WallTime at) = 0;
  /// A segment was stored; recording it again replaces the record. Errors: NotFound (session).
  virtual Result<void> record_segment(std::string_view session_id, const SegmentRecord& record) = 0;
  /// Records with index >= `first`, by rising index, `limit` at most, holes and all.
  /// Errors: NotFound (session).
  virtual Result<std::vector<SegmentRecord>> segments(std::string_view session_id,
                                                      std::uint64_t first, std::size_t limit) = 0;
  /// Errors: NotFound (session).
  virtual Result<SessionProgress> progress(std::string_view session_id) = 0;
};

}  // namespace streamkit
