#pragma once

#include <functional>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/live/chunk_ingest.hpp>
#include <streamkit/live/session_authorizer.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/s3/access.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

struct ObjectAccessOptions {
  /// The bucket that sessions' credentials cover.
  std::string bucket;
  /// May upload, read, list and delete everything. Empty: there is no operator.
  std::optional<net::Credentials> operator_key = {};
  live::SessionAuthorizerOptions sessions = {};
};

/// Decides who may do what through the S3 endpoint: a session's credentials upload the session's
/// chunks, the operator's key does everything. Also takes in what was stored.
/// Thread-safety: every method may be called from any thread, concurrently.
class ObjectAccess final : public s3::Authorizer {
 public:
  /// What is passed by reference and what `context` points to must outlive this.
  ObjectAccess(SessionStore& sessions, live::ChunkIngest& ingest, ObjectAccessOptions options,
               Context context)
      : options_(std::move(options)),
        sessions_(sessions, options_.sessions, std::move(context)),
        ingest_(ingest) {}

  Result<s3::AccessKey> find_key(std::string_view access_key_id) override;
  Result<s3::Grant> authorize(const s3::AccessKey& caller, const s3::Access& access) override;
  /// The endpoint's ObjectCommit. The operator may put chunks of sessions that nobody created.
  Result<void> commit(const ObjectInfo& object, std::string_view principal);

 private:
  const ObjectAccessOptions options_;
  live::SessionAuthorizer sessions_;
  live::ChunkIngest& ingest_;
};

/// Groups unfinished uploads by session; those of other keys are the operator's.
[[nodiscard]] std::string upload_group(std::string_view key);

}  // namespace streamkit::server
