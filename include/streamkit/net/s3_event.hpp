#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net {

/// An object that an S3 event notification tells of.
struct STREAMKIT_API ObjectCreated {
  std::string bucket;
  std::string key;
  /// 0 when the notification does not say.
  std::uint64_t size_bytes = 0;
  friend bool operator==(const ObjectCreated&, const ObjectCreated&) = default;
};

/// One "ObjectCreated:Put" record as JSON, the key URL-encoded with '+' for a space.
/// Source: Amazon S3 User Guide, "Event message structure".
STREAMKIT_API [[nodiscard]] std::string make_object_created_event(std::string_view bucket,
                                                                  std::string_view key,
                                                                  std::uint64_t size_bytes,
                                                                  WallTime time);

/// Every created object of a message, in its order. Records of other events are left out, and a
/// test event ("s3:TestEvent") has none. Errors: CorruptData, naming the field that is missing or
/// wrong.
STREAMKIT_API [[nodiscard]] Result<std::vector<ObjectCreated>> parse_s3_event(
    std::string_view json);

}  // namespace streamkit::net
