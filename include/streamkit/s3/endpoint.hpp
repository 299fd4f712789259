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
  /// Largest object, part, and object made of parts. A multipart upload is put together in memory.
  std::uint64_t max_object_bytes = 64 * 1024 * 1024;
  /// Unfinished multipart uploads of one group (see `upload_group`); more are rejected with
  /// SlowDown. Their parts together may have four times max_object_bytes.
  std::size_t max_multipart_uploads = 16;
  /// Returns the group that an upload to `key` belongs to: a name of [A-Za-z0-9._-] other than
  /// ".completed". Each group has bounds of its own, so that one sender cannot use up the uploads
  /// of all. Empty: one group.
  std::function<std::string(std::string_view key)> upload_group = {};
  /// Returns whether a path is the application's own, and so never a key of a bucket in the host
  /// name. Empty: none is.
  std::function<bool(std::string_view path)> reserved_path = {};
  /// Called for each request with a wrong signature or an unknown key, for example to slow down
  /// guessing; not for those that ask for too much. Empty: nothing is called.
  std::function<void(const http::RequestHead& head)> on_bad_signature = {};
};

/// An S3-compatible HTTP handler in front of any ObjectStore: path and virtual-host style,
/// Signature Version 4 in headers or query, aws-chunked bodies, checksums, multipart uploads. It
/// serves one bucket and keeps unfinished uploads in the same store, under "multipart/", which no
/// client can address. Requests that the authorizer denies are rejected with S3's codes.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API Endpoint final : public http::Handler {
 public:
  /// What is passed by reference and what `context` points to must outlive this.
  Endpoint(ObjectStore& objects, Authorizer& authorizer, ObjectCommit committed,
           EndpointOptions options, Context context = {});
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint() override;

  /// Returns whether a request is meant for this endpoint: by its bucket, in the path or, unless
  /// the path is reserved, in the host; or by its signature, whatever the path.
  [[nodiscard]] bool claims(const http::RequestHead& head) const noexcept;

  /// Exchanges block for as long as the store takes.
  [[nodiscard]] http::AdmissionResult admit(const http::RequestHead& head) override;
  /// S3's error document.
  [[nodiscard]] http::Response error(const http::RequestHead& head, int status,
                                     std::string_view message) const override;

  /// Removes multipart uploads that nobody has written to since `before`. Returns the number of
  /// objects removed. A failure ends it; the next call continues. Errors: the store's; Cancelled.
  Result<std::size_t> remove_stale_uploads(WallTime before, std::stop_token stop);

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace streamkit::s3
