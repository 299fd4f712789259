#pragma once

#include <streamkit/store/object_store.hpp>
#include <string>

#include "s3/upload_body.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {

/// Reads, removes and describes objects and the bucket. Responses are S3's documents; errors have
/// domain "s3" or come from the store.
/// Thread-safety: every method may be called from any thread, concurrently.
class ObjectOperations {
 public:
  /// `objects` must outlive this object.
  ObjectOperations(ObjectStore& objects, std::string region, WallTime started)
      : objects_(objects), region_(std::move(region)), started_(started) {}

  /// Handles GetObject and HeadObject: one range, If-Match, If-None-Match, If-Modified-Since and
  /// If-Unmodified-Since.
  Result<http::Response> get(const http::RequestHead& request, const UploadBody& call) const;
  Result<http::Response> remove(const UploadBody& call) const;
  Result<http::Response> remove_many(const UploadBody& call) const;
  [[nodiscard]] http::Response location() const;
  [[nodiscard]] http::Response buckets(std::string_view bucket) const;

 private:
  ObjectStore& objects_;
  const std::string region_;
  const WallTime started_;
};

/// Returns the ETag of an object in reads and lists, without quotes. It is computed from size and
/// time, because the store has no hashes. It ends in "-1", so that clients do not take it for an
/// MD5.
[[nodiscard]] std::string object_etag(const ObjectInfo& object);

/// Returns 200 with the ETag and the verified checksum.
[[nodiscard]] http::Response stored_response(const UploadBody& call, std::string_view etag);

/// Writes the element that names the owner of objects and buckets.
void write_owner(XmlWriter& xml);

}  // namespace streamkit::s3
