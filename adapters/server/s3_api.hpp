#pragma once

#include <cstdint>
#include <streamkit/core/context.hpp>
#include <streamkit/core/job_queue.hpp>
#include <streamkit/core/object_store.hpp>
#include <streamkit/core/session_store.hpp>
#include <string>
#include <string_view>

#include "server/http_message.hpp"

namespace streamkit::server {

struct S3ApiConfig {
  std::string bucket;
  std::string region;
  std::uint64_t max_object_bytes = 64 * 1024 * 1024;
};

/// An S3-compatible door for uploads: PUT /{bucket}/{key}, signed with a session's credentials in
/// headers or query (Signature Version 4), path style. Chunks of that session are all it takes;
/// anything else is refused with S3's codes.
///
/// A chunk is stored durably, then recorded, then raised as an S3 event in the job queue, and only
/// then acknowledged: what fails half-way is not acknowledged, and sending it again repeats all
/// three, which changes nothing that was done.
/// Thread-safety: every method from any thread at once.
class S3Api {
 public:
  /// What is lent must outlive this.
  S3Api(SessionStore& sessions, JobQueue& jobs, ObjectWriter& objects, S3ApiConfig config,
        Context context)
      : sessions_(sessions),
        jobs_(jobs),
        objects_(objects),
        config_(std::move(config)),
        context_(context) {}

  /// By its path, or by its signature wherever it goes.
  [[nodiscard]] bool is_s3(const Request& request) const noexcept;
  [[nodiscard]] Response handle(const Request& request);

 private:
  [[nodiscard]] Result<ScopedCredentials> authenticate(const Request& request,
                                                       std::string& payload_hash) const;
  [[nodiscard]] Response put(const Request& request, const ScopedCredentials& credentials);
  [[nodiscard]] Result<void> store(const Request& request, std::string_view session_id,
                                   std::uint64_t index, std::string_view key);

  SessionStore& sessions_;
  JobQueue& jobs_;
  ObjectWriter& objects_;
  const S3ApiConfig config_;
  const Context context_;
};

/// S3's error document. Source: Amazon S3 API Reference, "Error Responses".
[[nodiscard]] Response s3_error(const Request& request, int status, std::string_view code,
                                std::string_view message);

}  // namespace streamkit::server
