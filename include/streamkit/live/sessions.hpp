#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::live {

struct STREAMKIT_API SessionOptions {
  /// The lifetime of upload credentials. A longer lifetime needs fewer renewals, but stolen
  /// credentials are valid for longer.
  std::chrono::seconds credentials_lifetime{3600};
  /// Expired sessions are not found, even before they are removed. Empty: sessions do not expire.
  std::function<bool(const Session&, WallTime now)> is_expired = {};
  /// The number of sessions that have not ended; further ones are not created. A larger value costs
  /// memory for their playlists. 0: no limit.
  std::uint64_t max_live = 0;
  /// Returns the number of sessions that have not ended; needed for max_live. May block for as long
  /// as a database read takes.
  std::function<Result<std::uint64_t>()> count_live = {};
};

struct STREAMKIT_API SessionRequest {
  StereoMode mode = StereoMode::FullSbs;
  StereoChoice stereo = {};
  /// The nominal length of a chunk.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// The caller, such as the name of an API key; for the log.
  std::string api_key = {};
};

/// A session that was just created, and the credentials for its chunks.
struct STREAMKIT_API NewSession {
  Session session;
  ScopedCredentials credentials;
};

/// Creates and ends sessions and renews their credentials, for any protocol. The caller is
/// responsible for authorization; see Session::control_token.
/// Metrics: streamkit_sessions_created_total.
/// Thread-safety: every method may be called from any thread, concurrently. All can fail with
/// Unavailable (the store; try again).
class STREAMKIT_API Sessions {
 public:
  /// `store` and the targets of `context` must outlive this object.
  Sessions(SessionStore& store, SessionOptions options, Context context)
      : store_(store), options_(std::move(options)), context_(context) {}

  /// Creates a session with an unguessable id, a control token and its first credentials.
  /// Errors: InvalidArgument (stereo, naming the field); ResourceExhausted (max_live); those of
  /// count_live.
  Result<NewSession> create(const SessionRequest& request);
  /// Returns the session. Errors: NotFound (unknown or expired).
  Result<Session> find(std::string_view session_id);
  /// Ends the session; an ended session is not changed. Errors: as find().
  Result<Session> end(std::string_view session_id);
  /// Issues new credentials; earlier ones stay valid until they expire.
  /// Errors: as find(); PermissionDenied (the session has ended).
  Result<ScopedCredentials> renew(std::string_view session_id);

 private:
  [[nodiscard]] Result<void> check_room() const;
  Result<ScopedCredentials> issue_credentials(const std::string& session_id);
  [[nodiscard]] WallTime now() const { return context_.clock_or_system().system_now(); }

  SessionStore& store_;
  const SessionOptions options_;
  const Context context_;
  // The calls of create() in progress, whose sessions may not be in the store yet.
  std::atomic<std::uint64_t> creating_ = 0;
};

}  // namespace streamkit::live
