#pragma once

#include <chrono>
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

namespace streamkit {

struct STREAMKIT_API Session {
  std::string id;
  StereoMode mode = StereoMode::FullSbs;
  /// The choices of the session for its 3D view, for its whole life. What they leave open is the
  /// worker's.
  StereoChoice stereo = {};
  /// The nominal length of a chunk. It determines the playlist's target duration.
  MediaTime chunk_duration = std::chrono::seconds(5);
  WallTime created_at = {};
  /// The secret that allows its holder to end the session and to renew its credentials.
  std::string control_token;
  std::optional<WallTime> ended_at = {};
  /// Set by end(): the number of chunks stored without a hole by then. The playlist is complete
  /// when it has this number of segments.
  std::optional<std::uint64_t> final_chunk_count = {};
};

/// Upload credentials that cover `input_prefix(session_id)` only.
struct STREAMKIT_API ScopedCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string session_id;
  WallTime expires_at = {};
};

/// Sessions and their credentials.
/// Thread-safety: every method may be called from any thread, and for a store on disk from any
/// process, concurrently. All can fail with Unavailable (try again).
class STREAMKIT_API SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Adds the session. Errors: AlreadyExists; InvalidArgument (id).
  virtual Result<void> create(const Session& session) = 0;
  /// Returns the session, an ended one too. Errors: NotFound.
  virtual Result<Session> find(std::string_view session_id) = 0;
  /// Ends the session and sets its final_chunk_count. Only the first call has an effect. Returns
  /// the session after the call. Errors: NotFound.
  virtual Result<Session> end(std::string_view session_id, WallTime at) = 0;

  /// Adds credentials of a session. Earlier ones stay valid until they expire. Errors: NotFound
  /// (session); AlreadyExists (access key).
  virtual Result<void> add_credentials(const ScopedCredentials& credentials) = 0;
  /// Returns credentials by their access key, expired ones too until they are removed; see
  /// SessionMaintenance::remove_credentials(). Errors: NotFound.
  virtual Result<ScopedCredentials> find_credentials(std::string_view access_key_id) = 0;
};

}  // namespace streamkit
