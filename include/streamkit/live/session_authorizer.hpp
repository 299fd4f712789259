#pragma once

#include <chrono>
#include <functional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/session_store.hpp>
#include <string_view>

namespace streamkit::live {

struct STREAMKIT_API SessionAuthorizerOptions {
  /// The time after a session's end during which uploads in progress are still accepted. A longer
  /// time helps slow senders. A chunk that arrives late is never part of the stream.
  std::chrono::seconds late_upload_grace{60};
  /// Returns whether a session may send one more request now; called once for each upload that its
  /// credentials cover. Empty: always.
  std::function<bool(std::string_view session_id)> may_call = {};
};

/// A permission to upload one chunk.
struct STREAMKIT_API ChunkPermission {
  StreamInputKey chunk;
  /// True when the session has ended: an already stored chunk must not be replaced by other bytes.
  bool late = false;
};

/// Authorizes uploads with the scoped credentials of a session, for any protocol.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API SessionAuthorizer {
 public:
  /// `sessions` and the targets of `context` must outlive this object.
  SessionAuthorizer(SessionStore& sessions, SessionAuthorizerOptions options, Context context)
      : sessions_(sessions), options_(std::move(options)), context_(std::move(context)) {}

  /// Finds credentials, expired ones too. Errors: NotFound; the store's.
  Result<ScopedCredentials> credentials(std::string_view access_key_id) {
    return sessions_.find_credentials(access_key_id);
  }
  /// Checks an upload to `key` by the holder of a session's credentials.
  /// Errors without a domain, whose messages the sender may read: PermissionDenied (the key is not
  /// a chunk of this session; the session is unknown or ended more than the grace period ago);
  /// RateLimited. Other errors: the store's.
  Result<ChunkPermission> authorize_upload(std::string_view session_id, std::string_view key);

 private:
  SessionStore& sessions_;
  const SessionAuthorizerOptions options_;
  const Context context_;
};

}  // namespace streamkit::live
