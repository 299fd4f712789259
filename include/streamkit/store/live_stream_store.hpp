#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

/// The state of a live stream.
enum class LiveStreamState {
  PendingIngest,    ///< No media has arrived yet.
  Active,           ///< A publisher sends, or has stopped less than the grace time ago.
  EndedGracefully,  ///< The publisher ended the stream, or its owner did.
  Error             ///< The publisher vanished; LiveStreamStatus::reason contains why.
};

/// Returns the name in the HTTP API, as in "PENDING_INGEST".
STREAMKIT_API [[nodiscard]] std::string_view to_string(LiveStreamState state) noexcept;
/// The inverse. Returns nothing for any other text.
STREAMKIT_API [[nodiscard]] std::optional<LiveStreamState> parse_live_stream_state(
    std::string_view name) noexcept;

/// The rule for a publisher that comes while another one publishes the same stream.
enum class PublishConflict {
  ReplaceSilent,  ///< It replaces one that has stopped sending; one that sends is protected.
  Replace,        ///< It replaces any other.
  Reject          ///< It is rejected as long as the other one is connected.
};

/// Returns the name in the HTTP API, as in "replace_silent".
STREAMKIT_API [[nodiscard]] std::string_view to_string(PublishConflict rule) noexcept;
/// The inverse. Returns nothing for any other text.
STREAMKIT_API [[nodiscard]] std::optional<PublishConflict> parse_publish_conflict(
    std::string_view name) noexcept;

/// The 3D view of a live stream, as of a session: see Session.
struct STREAMKIT_API LiveStereo {
  StereoMode mode = StereoMode::FullSbs;
  StereoChoice choice = {};
  /// The nominal length of the chunks that are cut from the stream and converted.
  MediaTime chunk_duration = std::chrono::seconds(5);
  friend bool operator==(const LiveStereo&, const LiveStereo&) = default;
};

/// The part of a live stream's record that changes while it is published.
struct STREAMKIT_API LiveStreamStatus {
  LiveStreamState state = LiveStreamState::PendingIngest;
  /// Why the stream ended; empty before its first end and while it is active. Never a secret.
  std::string reason = {};
  /// The number of times that the stream became active. A publisher that comes back within the
  /// grace time does not count.
  std::uint64_t broadcasts = 0;
  /// When the latest broadcast began.
  std::optional<WallTime> started_at = {};
  /// When the latest broadcast ended. No value while the stream is active.
  std::optional<WallTime> ended_at = {};
  friend bool operator==(const LiveStreamStatus&, const LiveStreamStatus&) = default;
};

/// The record of a live stream. All but the status and the revocation is constant.
struct STREAMKIT_API LiveStream {
  /// As a session id, with which it shares one namespace.
  std::string id;
  /// For people. May be empty.
  std::string name = {};
  /// The SHA-256 of the stream key, 64 lower-case hexadecimal digits. Empty: no key publishes it.
  std::string key_sha256 = {};
  /// Created by open publishing: whoever may publish without a key may publish it by its id.
  bool open = false;
  PublishConflict on_conflict = PublishConflict::ReplaceSilent;
  /// The heights of the renditions, as in "1080,720,480"; "none": the source's video only. Empty:
  /// the server's choice.
  std::string ladder = {};
  /// The length of the window of media that live playlists list. No value: the server's choice.
  std::optional<std::chrono::seconds> dvr = {};
  /// Keep all media, not only the window.
  bool record = false;
  /// No value: no 3D view.
  std::optional<LiveStereo> stereo = {};
  /// The URL from which the server fetches the stream. Empty: a publisher sends it. It may contain
  /// a password: do not log it.
  std::string source = {};
  /// The name of the API key that created it; empty when none did.
  std::string api_key = {};
  WallTime created_at = {};
  /// When the key was revoked. A revoked stream has no key and cannot be published any more.
  std::optional<WallTime> revoked_at = {};
  LiveStreamStatus status = {};
  friend bool operator==(const LiveStream&, const LiveStream&) = default;
};

/// Selects the live streams that LiveStreamStore::list() returns, in ascending order of ids.
struct STREAMKIT_API LiveStreamQuery {
  /// Only streams in this state; no value: in any.
  std::optional<LiveStreamState> state = {};
  /// Only streams with an ended_at before this time.
  std::optional<WallTime> ended_before = {};
  /// Only streams whose ids sort after this one: the last id of the previous page.
  std::string after_id = {};
  std::size_t limit = 1000;
};

/// The numbers of live streams that are not revoked.
struct STREAMKIT_API LiveStreamCounts {
  std::uint64_t all = 0;
  /// Those that open publishing created.
  std::uint64_t open = 0;
};

/// Live streams and the hashes of their keys.
/// Thread-safety: every method may be called from any thread, and for a store on disk from any
/// process, concurrently. All can fail with Unavailable (try again).
class STREAMKIT_API LiveStreamStore {
 public:
  virtual ~LiveStreamStore() = default;

  /// Adds the stream. Errors: AlreadyExists (a live stream or a session of this id, or a stream
  /// with this key); InvalidArgument (id). SessionStore::create() rejects the ids of live streams
  /// in the same way.
  virtual Result<void> create(const LiveStream& stream) = 0;
  /// Returns the stream, a revoked one too. Errors: NotFound.
  virtual Result<LiveStream> find(std::string_view stream_id) = 0;
  /// Returns the stream whose key has this hash. Errors: NotFound; also for an empty hash and for
  /// the key of a revoked stream.
  virtual Result<LiveStream> find_by_key_hash(std::string_view key_sha256) = 0;
  /// Replaces the status. Errors: NotFound.
  virtual Result<void> update(std::string_view stream_id, const LiveStreamStatus& status) = 0;
  /// Forgets the key and sets revoked_at; the status stays. Only the first call has an effect.
  /// Errors: NotFound.
  virtual Result<void> revoke(std::string_view stream_id, WallTime at) = 0;
  virtual Result<std::vector<LiveStream>> list(const LiveStreamQuery& query) = 0;
  virtual Result<LiveStreamCounts> count() = 0;
  /// Removes the record. Succeeds when it does not exist.
  virtual Result<void> remove(std::string_view stream_id) = 0;
};

}  // namespace streamkit
