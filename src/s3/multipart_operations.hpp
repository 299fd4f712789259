#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>

#include "s3/multipart_assembly.hpp"
#include "s3/multipart_store.hpp"
#include "s3/object_committer.hpp"

namespace streamkit::s3 {

struct MultipartOptions {
  /// The largest part, and the largest object of a multipart upload.
  std::uint64_t max_object_bytes = 64 * 1024 * 1024;
  /// The maximum number of unfinished uploads of one group; more are rejected with SlowDown. The
  /// total size of their parts is limited to four times max_object_bytes.
  std::size_t max_uploads = 16;
  /// The maximum number of parts of these uploads together. The default is enough for parts of 5
  /// MiB and objects of 4 GiB.
  std::size_t max_parts = 4096;
  /// The minimum size of every part but the last. A smaller value than S3's is for tests only.
  std::uint64_t min_part_bytes = 5 * 1024 * 1024;
};

/// Handles the calls of S3's multipart uploads. Responses are S3's documents; errors have domain
/// "s3" or come from the stores.
/// Thread-safety: every method may be called from any thread, concurrently.
class MultipartOperations {
 public:
  /// The arguments passed by reference must outlive this object.
  MultipartOperations(ObjectStore& objects, MultipartStore::Group group, ObjectCommitter& committer,
                      MultipartOptions options, Context context)
      : objects_(objects),
        uploads_(objects, std::move(group)),
        committer_(committer),
        options_(options),
        context_(context) {}

  Result<http::Response> create(const http::RequestHead& request, const UploadBody& call);
  Result<http::Response> upload_part(const UploadBody& call);
  Result<http::Response> complete(const http::RequestHead& request, const UploadBody& call);
  Result<http::Response> abort(const UploadBody& call);
  Result<http::Response> list_parts(const UploadBody& call);
  Result<http::Response> list_uploads(const UploadBody& call);

  /// See MultipartStore::remove_stale().
  Result<std::size_t> remove_stale(WallTime before, std::stop_token stop) {
    return uploads_.remove_stale(before, std::move(stop));
  }

 private:
  Result<http::Response> finish(const http::RequestHead& request, const UploadBody& call,
                                const MultipartUpload& upload, const AssembledObject& object,
                                const std::string& request_digest);

  std::mutex& lock_of(std::string_view id) {
    return locks_[std::hash<std::string_view>{}(id) % locks_.size()];
  }

  ObjectStore& objects_;
  MultipartStore uploads_;
  ObjectCommitter& committer_;
  const MultipartOptions options_;
  const Context context_;
  // Held while an upload is completed or aborted. Several uploads share one.
  std::array<std::mutex, 16> locks_;
};

}  // namespace streamkit::s3
