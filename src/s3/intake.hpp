#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <string_view>

#include "s3/upload_body.hpp"

namespace streamkit::s3 {

/// Takes whole objects in: an object is durable, then a chunk's job is in the queue, then the chunk
/// is recorded. So a recorded chunk has its job, and one that is stored but not recorded is what
/// a start has to look for. Any step that fails is an error, and taking the object in again repeats
/// all three, which changes nothing that was done.
/// Thread-safety: every method from any thread at once.
class S3Intake {
 public:
  /// What is lent must outlive this.
  S3Intake(StreamRecords& records, JobSender& jobs, ObjectStore& objects, std::string bucket,
           Context context)
      : records_(records),
        jobs_(jobs),
        objects_(objects),
        bucket_(std::move(bucket)),
        context_(context) {}

  /// Blocks until the object is on the disk. After its session's end a chunk is taken in that was
  /// not there before, or again with the same bytes.
  /// Errors: AccessDenied, InvalidArgument (domain "s3"); the stores'.
  [[nodiscard]] Result<void> take(const S3Grant& grant, std::string_view body,
                                  std::string_view content_type);
  /// The same for an object of `size_bytes` that is in the store but for its commit. Not for late
  /// ones.
  [[nodiscard]] Result<void> commit(const S3Grant& grant, ObjectUpload& upload,
                                    std::uint64_t size_bytes);

 private:
  [[nodiscard]] Result<void> check_late(const std::string& key, std::string_view body);
  [[nodiscard]] Result<void> store(const S3Grant& grant, std::string_view body,
                                   std::string_view content_type);
  [[nodiscard]] Result<void> announce(const S3Grant& grant, std::uint64_t size_bytes);
  [[nodiscard]] Result<void> account(const S3Grant& grant, std::uint64_t size_bytes,
                                     Result<void> outcome);
  [[nodiscard]] Result<void> record(const StreamInputKey& chunk, bool by_operator);

  StreamRecords& records_;
  JobSender& jobs_;
  ObjectStore& objects_;
  const std::string bucket_;
  const Context context_;
};

}  // namespace streamkit::s3
