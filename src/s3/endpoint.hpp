#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_store.hpp>
#include <variant>

#include <streamkit/http/handler.hpp>
#include "s3/error.hpp"
#include "s3/intake.hpp"
#include "s3/multipart_operations.hpp"
#include "s3/object_operations.hpp"
#include "s3/request_check.hpp"

namespace streamkit::s3 {

/// An S3-compatible door onto the store, path style and virtual-host style, signed in headers or
/// query (Signature Version 4).
///
/// A session's credentials put chunks of that session, whole or in parts, and abort; the operator's
/// key may also read, list and delete. Anything else is refused with S3's codes.
/// Thread-safety: every method from any thread at once.
class S3Api final : public http::Handler {
 public:
  /// What is lent must outlive this. `open` serves the operator's reads.
  S3Api(SessionStore& sessions, JobQueue& jobs, ObjectStore& objects, OpenObject open,
        S3ApiConfig config, Context context);

  /// By its bucket, or by its signature wherever it goes.
  [[nodiscard]] bool is_s3(const http::RequestHead& request) const noexcept {
    return gate_.is_s3(request);
  }
  /// Checks who asks for what, by the request's head. The exchange blocks for as long as the disk
  /// takes.
  [[nodiscard]] http::AdmissionResult admit(const http::RequestHead& head) override;
  [[nodiscard]] http::Response error(const http::RequestHead& head, int status,
                                     std::string_view message) const override;

  /// Uploads in parts that nobody wrote to since `before`; the number of objects removed.
  Result<std::size_t> remove_stale_uploads(WallTime before, std::stop_token stop) {
    return multipart_.remove_stale(before, std::move(stop));
  }

 private:
  class CallExchange;

  [[nodiscard]] http::Response respond(const http::Request& request, S3Call& call);
  [[nodiscard]] Result<http::Response> answer(const http::Request& request, S3Call& call);
  [[nodiscard]] Result<http::Response> put(const http::Request& request, S3Call& call);
  [[nodiscard]] http::Response refuse(const http::Request& request, const Error& error,
                                      const S3Grant* grant = nullptr) const;

  ObjectStore& objects_;
  const S3ApiConfig config_;
  const Context context_;
  S3Gate gate_;
  S3Intake intake_;
  S3Multipart multipart_;
  S3Objects objects_api_;
};

}  // namespace streamkit::s3
