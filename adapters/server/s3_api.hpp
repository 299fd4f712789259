#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/core/job_queue.hpp>
#include <streamkit/core/object_store.hpp>
#include <streamkit/core/session_store.hpp>
#include <variant>

#include "server/http_message.hpp"
#include "server/s3_error.hpp"
#include "server/s3_gate.hpp"
#include "server/s3_intake.hpp"
#include "server/s3_multipart.hpp"
#include "server/s3_objects.hpp"

namespace streamkit::server {

/// An S3-compatible door onto the store, path style and virtual-host style, signed in headers or
/// query (Signature Version 4).
///
/// A session's credentials put chunks of that session, whole or in parts, and abort; the operator's
/// key may also read, list and delete. Anything else is refused with S3's codes.
/// Thread-safety: every method from any thread at once.
class S3Api {
 public:
  /// What is lent must outlive this. `open` serves the operator's reads.
  S3Api(SessionStore& sessions, JobQueue& jobs, ObjectStore& objects, OpenObject open,
        S3ApiConfig config, Context context);

  /// By its bucket, or by its signature wherever it goes.
  [[nodiscard]] bool is_s3(const Request& request) const noexcept { return gate_.is_s3(request); }
  /// Checks who asks for what, by the request's head; its receiver then takes the body.
  [[nodiscard]] std::variant<Admission, Response> admit(const Request& head);
  /// For a request with the receiver that admit() gave it. Blocks for as long as the disk takes.
  [[nodiscard]] Response handle(const Request& request);

  /// Uploads in parts that nobody wrote to since `before`; the number of objects removed.
  Result<std::size_t> remove_stale_uploads(WallTime before, std::stop_token stop) {
    return multipart_.remove_stale(before, std::move(stop));
  }

 private:
  [[nodiscard]] Result<Response> answer(const Request& request, S3Call& call);
  [[nodiscard]] Result<Response> put(const Request& request, S3Call& call);
  [[nodiscard]] Response refuse(const Request& request, const Error& error,
                                const S3Grant* grant = nullptr) const;

  ObjectStore& objects_;
  const S3ApiConfig config_;
  const Context context_;
  S3Gate gate_;
  S3Intake intake_;
  S3Multipart multipart_;
  S3Objects objects_api_;
};

}  // namespace streamkit::server
