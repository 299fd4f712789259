#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/object_store.hpp>
#include <string>

#include "server/open_file.hpp"
#include "server/s3_call.hpp"
#include "server/s3_xml.hpp"

namespace streamkit::server {

/// Opens the file that holds an object. Errors: NotFound; Unavailable.
using OpenObject = std::function<Result<std::shared_ptr<const OpenFile>>(std::string_view key)>;

/// What S3 calls the operator may make besides uploading and listing. Answers are S3's documents;
/// errors have domain "s3", or are the store's.
/// Thread-safety: every method from any thread at once.
class S3Objects {
 public:
  /// `objects` and what `open` refers to must outlive this.
  S3Objects(ObjectStore& objects, OpenObject open, std::string region, WallTime started)
      : objects_(objects), open_(std::move(open)), region_(std::move(region)), started_(started) {}

  /// GetObject and HeadObject: one range, If-Match, If-None-Match, If-Modified-Since and
  /// If-Unmodified-Since.
  [[nodiscard]] Result<Response> get(const Request& request, const S3Call& call) const;
  [[nodiscard]] Result<Response> remove(const S3Call& call) const;
  [[nodiscard]] Result<Response> remove_many(const S3Call& call) const;
  [[nodiscard]] Response location() const;
  [[nodiscard]] Response buckets(std::string_view bucket) const;

 private:
  ObjectStore& objects_;
  const OpenObject open_;
  const std::string region_;
  const WallTime started_;
};

/// What reads and lists show as an object's ETag, without quotes: made of its size and time, as
/// the store keeps no hashes. Ends in "-1", so that no client takes it for an MD5.
[[nodiscard]] std::string object_etag(const ObjectInfo& object);

/// 200 with the ETag, and the checksum that was verified.
[[nodiscard]] Response stored_response(const S3Call& call, std::string_view etag);

/// The element that names who owns objects and buckets.
void write_owner(XmlWriter& xml);

}  // namespace streamkit::server
