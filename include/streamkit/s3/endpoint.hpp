#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/http/handler.hpp>
#include <streamkit/s3/access.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::s3 {

struct STREAMKIT_API EndpointOptions {
  /// The one bucket that is served.
  std::string bucket;
  std::string region = "us-east-1";
  /// The largest object, the largest part, and the largest object of a multipart upload. A
  /// multipart upload is assembled in memory.
  std::uint64_t max_object_bytes = 64 * 1024 * 1024;
  /// The number of unfinished multipart uploads of one group (see `upload_group`); more are
  /// rejected with SlowDown. The total size of their parts is limited to four times
  /// max_object_bytes.
  std::size_t max_multipart_uploads = 16;
  /// Returns the group that an upload to `key` belongs to: a name of [A-Za-z0-9._-] other than
  /// ".completed". Each group has its own limits, so that one sender cannot block all others.
  /// Empty: one group.
  std::function<std::string(std::string_view key)> upload_group = {};
  /// Returns whether a path belongs to the application and is never the key of a bucket in the host
  /// name. Empty: no path does.
  std::function<bool(std::string_view path)> reserved_path = {};
  /// Returns whether pages of an origin, as in "https://app.example.com", may call the endpoint
  /// from a browser: their preflights are accepted, and they may read responses. A call needs its
  /// signature all the same. Empty: no page may.
  std::function<bool(std::string_view origin)> allows_origin = {};
  /// Called for each request with a wrong signature or an unknown key, for example to slow down
  /// guessing; not for requests that are denied. Empty: no call.
  std::function<void(const http::RequestHead& head)> on_bad_signature = {};
};

/// An S3-compatible HTTP handler in front of any ObjectStore: path and virtual-host style,
/// Signature Version 4 in headers or query, aws-chunked bodies, checksums, multipart uploads. It
/// serves one bucket and stores unfinished uploads in the same store under "multipart/", which
/// clients cannot address. Requests that the authorizer denies are rejected with S3's codes.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API Endpoint final : public http::Handler {
 public:
  /// The arguments passed by reference and the targets of `context` must outlive this object.
  Endpoint(ObjectStore& objects, Authorizer& authorizer, ObjectCommit committed,
           EndpointOptions options, Context context = {});
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint() override;

  /// Returns whether a request is for this endpoint: by its bucket in the path; by its bucket in
  /// the host, unless the path is reserved; or by its signature, for any path.
  [[nodiscard]] bool claims(const http::RequestHead& head) const noexcept;

  /// Exchanges block for as long as the store takes.
  [[nodiscard]] http::AdmissionResult admit(const http::RequestHead& head) override;
  /// Returns S3's error document.
  [[nodiscard]] http::Response error(const http::RequestHead& head, int status,
                                     std::string_view message) const override;

  /// Removes multipart uploads without a write since `before`. Returns the number of objects
  /// removed. Stops at the first failure; the next call continues. Errors: the store's; Cancelled.
  Result<std::size_t> remove_stale_uploads(WallTime before, std::stop_token stop);

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace streamkit::s3
