#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/s3/access.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>

#include "s3/upload_body.hpp"

namespace streamkit::s3 {

/// Stores whole objects and reports each to the application before it is acknowledged. A step that
/// fails is an error. Storing the object again repeats all steps.
/// Thread-safety: every method may be called from any thread, concurrently.
class ObjectCommitter {
 public:
  /// `objects` and the targets of `context` must outlive this object.
  ObjectCommitter(ObjectStore& objects, ObjectCommit committed, Context context)
      : objects_(objects), committed_(std::move(committed)), context_(std::move(context)) {}

  /// Stores the object. Blocks until it is durable. Errors: AccessDenied, InvalidArgument (domain
  /// "s3"); the store's; the application's.
  Result<void> put(const AdmittedRequest& request, std::string_view body,
                   std::string_view content_type);
  /// Commits an object of `size_bytes` whose bytes are already in the store.
  /// Precondition: the request may replace what exists.
  Result<void> commit(const AdmittedRequest& request, ObjectUpload& upload,
                      std::uint64_t size_bytes);

 private:
  Result<void> store(const AdmittedRequest& request, std::string_view body,
                     std::string_view content_type);
  Result<void> check_existing(const std::string& key, std::string_view body);
  Result<void> report(const AdmittedRequest& request, std::uint64_t size_bytes,
                      Result<void> stored);

  ObjectStore& objects_;
  const ObjectCommit committed_;
  const Context context_;
};

}  // namespace streamkit::s3
