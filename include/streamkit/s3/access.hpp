#pragma once

#include <functional>
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

/// The calls that an Endpoint knows.
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

/// Returns whether an operation uploads one object, whole or in parts, or aborts that.
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

/// A key pair that requests may be signed with.
struct STREAMKIT_API AccessKey {
  /// A session token, if there is one, must come with each request.
  net::Credentials credentials;
  /// The application's name for the holder; passed to authorize() and to ObjectCommit.
  std::string principal;
  /// From then on requests are rejected with ExpiredToken. Empty: never.
  std::optional<WallTime> expires_at = {};
};

/// What a correctly signed request asks for.
struct STREAMKIT_API Access {
  Operation operation = Operation::Other;
  /// Empty for ListBuckets. May differ from the endpoint's bucket: a grant leads to NoSuchBucket
  /// then.
  std::string_view bucket;
  /// Decoded. Empty for calls on a bucket. DeleteObjects names its keys in the body, and a grant
  /// covers all of them.
  std::string_view key;
};

/// A permission, and how the request is carried out.
struct STREAMKIT_API Grant {
  /// False: an object that exists stays as it is. A PUT of the same bytes succeeds, a PUT of other
  /// bytes is rejected with AccessDenied. Costs memory for the whole body.
  bool replace_existing = true;
  /// The holder may read objects too, so the ETag of a PUT is the one that reads show. False: it is
  /// a digest of the body, which saves a look at the store.
  bool reads_objects = true;
  /// Added to the log lines about this request.
  std::vector<LogField> log_fields = {};
};

/// Decides who may do what. Implemented by the application. Both functions may block for as long as
/// a read of a database takes.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// Finds a key pair, an expired one too. Errors: NotFound (no such key). Any other is logged, and
  /// the request is rejected with ServiceUnavailable.
  virtual Result<AccessKey> find_key(std::string_view access_key_id) = 0;
  /// Called once for each request whose signature is right. An error without a domain reaches the
  /// client with its message: PermissionDenied as AccessDenied, RateLimited as SlowDown,
  /// CredentialsExpired as ExpiredToken. Any other is logged, and the request is rejected with
  /// ServiceUnavailable.
  virtual Result<Grant> authorize(const AccessKey& caller, const Access& access) = 0;
};

/// Called for each object between "stored" and "acknowledged", on threads that may block. An error
/// makes the client send the object again; errors reach the client as those of authorize() do. The
/// time in `object` is that of the endpoint's clock. Empty: nothing is called.
/// Thread-safety: called from any thread, concurrently.
using ObjectCommit =
    std::function<Result<void>(const ObjectInfo& object, std::string_view principal)>;

}  // namespace streamkit::s3
