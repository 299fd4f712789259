#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::s3 {

/// The calls that an Endpoint supports.
enum class Operation {
  PutObject,
  CreateMultipartUpload,
  UploadPart,
  CompleteMultipartUpload,
  AbortMultipartUpload,
  GetObject,
  HeadObject,
  DeleteObject,
  ListParts,
  ListObjects,
  ListObjectsV2,
  ListMultipartUploads,
  DeleteObjects,
  GetBucketLocation,
  HeadBucket,
  CreateBucket,
  ListBuckets,
  CopyObject,  ///< Not available: a grant leads to NotImplemented.
  Other        ///< Any other call: a grant leads to NotImplemented or MethodNotAllowed.
};

/// Returns whether an operation uploads one object, whole or in parts, or aborts such an upload.
[[nodiscard]] constexpr bool is_upload(Operation operation) noexcept {
  switch (operation) {
    case Operation::PutObject:
    case Operation::CreateMultipartUpload:
    case Operation::UploadPart:
    case Operation::CompleteMultipartUpload:
    case Operation::AbortMultipartUpload:
      return true;
    default:
      return false;
  }
}

/// A key pair for signing requests.
struct STREAMKIT_API AccessKey {
  /// A session token, if set, must be sent with each request.
  net::Credentials credentials;
  /// The application's name for the holder; passed to authorize() and to ObjectCommit.
  std::string principal;
  /// From this time on, requests are rejected with ExpiredToken. Empty: never.
  std::optional<WallTime> expires_at = {};
};

/// The call of a correctly signed request.
struct STREAMKIT_API Access {
  Operation operation = Operation::Other;
  /// Empty for ListBuckets. May differ from the endpoint's bucket: a grant then leads to
  /// NoSuchBucket.
  std::string_view bucket;
  /// Decoded. Empty for calls on a bucket. DeleteObjects names its keys in the body, and a grant
  /// covers all of them.
  std::string_view key;
  /// The length of the body as announced, without the framing of aws-chunked; 0 if unknown.
  std::uint64_t body_bytes = 0;
};

/// A permission, with options for processing the request.
struct STREAMKIT_API Grant {
  /// False: an existing object is not replaced. A PUT of the same bytes succeeds, a PUT of other
  /// bytes is rejected with AccessDenied. This keeps the whole body in memory.
  bool replace_existing = true;
  /// The holder may read objects too, so the response to a PUT has the ETag that reads return.
  /// False: the ETag is a digest of the body, which saves a request to the store.
  bool reads_objects = true;
  /// The name under which the body counts towards http::ServerOptions::max_bodies_per_sender;
  /// empty: it does not.
  std::string sender = {};
  /// Released when the request has ended: for what the application reserves for an upload.
  std::shared_ptr<const void> reservation = {};
  /// Added to the log lines about this request.
  std::vector<LogField> log_fields = {};
};

/// Authenticates and authorizes requests; implemented by the application. Both functions may block
/// for as long as a database read takes.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// Finds a key pair, an expired one too. Errors: NotFound (no such key). Any other error is
  /// logged, and the request is rejected with ServiceUnavailable.
  virtual Result<AccessKey> find_key(std::string_view access_key_id) = 0;
  /// Called once for each request with a valid signature. An error without a domain reaches the
  /// client with its message: PermissionDenied as AccessDenied, RateLimited as SlowDown,
  /// CredentialsExpired as ExpiredToken, ResourceExhausted as QuotaExceeded. Any other error is
  /// logged, and the request is rejected with ServiceUnavailable.
  virtual Result<Grant> authorize(const AccessKey& caller, const Access& access) = 0;
};

/// Called for each object after it is stored and before it is acknowledged, on threads that may
/// block. After an error the client sends the object again; errors reach the client as those of
/// authorize() do. The time in `object` is that of the endpoint's clock. Empty: no call.
/// Thread-safety: called from any thread, concurrently.
using ObjectCommit =
    std::function<Result<void>(const ObjectInfo& object, std::string_view principal)>;

}  // namespace streamkit::s3
