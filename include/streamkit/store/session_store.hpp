#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>

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

  /// Errors: AlreadyExists; InvalidArgument (id).
  virtual Result<void> create(const Session& session) = 0;
  /// Errors: NotFound.
  virtual Result<Session> find(std::string_view session_id) = 0;
  /// Ends the session and fixes its final_chunk_count; the first call counts, later ones change
  /// nothing. Returns the session as it is then. Errors: NotFound.
  virtual Result<Session> end(std::string_view session_id, WallTime at) = 0;

  /// Earlier credentials stay valid until they expire. Errors: NotFound (session); AlreadyExists
  /// (access key).
  virtual Result<void> add_credentials(const ScopedCredentials& credentials) = 0;
  /// Expired credentials are found too. Errors: NotFound.
  virtual Result<ScopedCredentials> find_credentials(std::string_view access_key_id) = 0;
};

}  // namespace streamkit
