#pragma once

#include <cstddef>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "s3/upload_body.hpp"

namespace streamkit::s3 {

/// A page of keys: objects, and common prefixes up to a delimiter.
struct ObjectPage {
  std::vector<ObjectInfo> objects;
  std::vector<std::string> prefixes;
  bool truncated = false;
  /// The start of the next page.
  std::string next = {};
};

struct PageRequest {
  std::string_view prefix;
  /// Empty if keys are not grouped.
  std::string_view delimiter;
  /// Only keys that sort after this one.
  std::string_view after;
  std::size_t limit = 1000;
};

/// Returns one page in byte order, without objects that clients cannot address. Errors: the
/// store's.
Result<ObjectPage> list_page(ObjectStore& objects, const PageRequest& request);

/// Handles the calls ListObjects and ListObjectsV2. Errors: InvalidArgument (domain "s3"); the
/// store's.
Result<http::Response> list_objects(ObjectStore& objects, const Address& address);
Result<http::Response> list_objects_v2(ObjectStore& objects, const Address& address);

}  // namespace streamkit::s3
