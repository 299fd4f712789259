#include "s3/object_committer.hpp"

#include <algorithm>
#include <streamkit/core/text.hpp>

#include "s3/error.hpp"

namespace streamkit::s3 {

Result<void> ObjectCommitter::put(const AdmittedRequest& request, std::string_view body,
                                  std::string_view content_type) {
  return report(request, body.size(), store(request, body, content_type));
}

Result<void> ObjectCommitter::commit(const AdmittedRequest& request, ObjectUpload& upload,
                                     std::uint64_t size_bytes) {
  auto stored = upload.commit({});
  return report(request, size_bytes, stored ? std::move(stored) : put_error(stored.error()));
}

Result<void> ObjectCommitter::store(const AdmittedRequest& request, std::string_view body,
                                    std::string_view content_type) {
  const std::string& key = request.address.key;
  if (!request.grant.replace_existing) {
    if (auto checked = check_existing(key, body); !checked) return checked;
  }
  PutOptions options;
  if (!content_type.empty()) options.content_type = content_type;
  auto put = objects_.put(key, bytes_of(body), options, {});
  return put ? put : put_error(put.error());
}

Result<void> ObjectCommitter::check_existing(const std::string& key, std::string_view body) {
  const auto existing = objects_.get(key, {});
  if (!existing && existing.error().code == ErrorCode::NotFound) return {};
  if (!existing) return existing.error().with_context("read object");
  const auto bytes = bytes_of(body);
  if (std::equal(existing->begin(), existing->end(), bytes.begin(), bytes.end())) return {};
  return rejection(Code::AccessDenied, "the object exists and can no longer be replaced");
}

Result<void> ObjectCommitter::report(const AdmittedRequest& request, std::uint64_t size_bytes,
                                     Result<void> stored) {
  if (!stored) {
    if (!is_for_client(stored.error())) context_.count("streamkit_chunks_failed_total");
    return stored;
  }
  if (!committed_) return {};
  auto committed =
      committed_({request.address.key, size_bytes, context_.clock_or_system().system_now()},
                 request.principal);
  return committed ? committed : application_error(committed.error());
}

}  // namespace streamkit::s3
