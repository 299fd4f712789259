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

#include "server/disk_reserve.hpp"
#include "server/session_quota.hpp"

namespace streamkit::server {

struct ObjectAccessOptions {
  /// The bucket that sessions' credentials cover.
  std::string bucket;
  /// The key that may upload, read, list and delete everything. Empty: no operator.
  std::optional<net::Credentials> operator_key = {};
  live::SessionAuthorizerOptions sessions = {};
  /// The limits of each session; null: none. Must outlive the ObjectAccess, as `disk`.
  SessionQuota* quota = nullptr;
  /// The disk on which uploads must leave room; null: none.
  DiskReserve* disk = nullptr;
};

/// Authorizes calls of the S3 endpoint: a session's credentials may upload the session's chunks,
/// the operator's key may do everything. Also ingests the stored objects.
/// Thread-safety: every method may be called from any thread, concurrently.
class ObjectAccess final : public s3::Authorizer {
 public:
  /// The arguments passed by reference and the targets of `context` must outlive this object.
  ObjectAccess(SessionStore& sessions, live::ChunkIngest& ingest, ObjectAccessOptions options,
               Context context)
      : options_(std::move(options)),
        sessions_(sessions, options_.sessions, std::move(context)),
        ingest_(ingest) {}

  Result<s3::AccessKey> find_key(std::string_view access_key_id) override;
  Result<s3::Grant> authorize(const s3::AccessKey& caller, const s3::Access& access) override;
  /// Implements the endpoint's ObjectCommit. The operator may put chunks of sessions that do not
  /// exist.
  Result<void> commit(const ObjectInfo& object, std::string_view principal);

 private:
  [[nodiscard]] Result<void> check_disk(const s3::Access& access) const;

  const ObjectAccessOptions options_;
  live::SessionAuthorizer sessions_;
  live::ChunkIngest& ingest_;
};

/// Groups unfinished uploads by session; uploads of other keys belong to the operator.
[[nodiscard]] std::string upload_group(std::string_view key);

}  // namespace streamkit::server
