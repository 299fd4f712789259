#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net {

/// An object reported by an S3 event notification.
struct STREAMKIT_API ObjectCreated {
  std::string bucket;
  std::string key;
  /// 0 if the notification does not include the size.
  std::uint64_t size_bytes = 0;
  friend bool operator==(const ObjectCreated&, const ObjectCreated&) = default;
};

/// Returns one "ObjectCreated:Put" record as JSON, with the key URL-encoded and '+' for a space.
/// Source: Amazon S3 User Guide, "Event message structure".
STREAMKIT_API [[nodiscard]] std::string make_object_created_event(std::string_view bucket,
                                                                  std::string_view key,
                                                                  std::uint64_t size_bytes,
                                                                  WallTime time);

/// Returns every created object of a message, in order. Records of other events are left out; a
/// test event ("s3:TestEvent") has none.
/// Errors: CorruptData, naming the field that is missing or wrong.
STREAMKIT_API Result<std::vector<ObjectCreated>> parse_s3_event(std::string_view json);

}  // namespace streamkit::net
