#pragma once

#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <streamkit/http/message.hpp>
#include <streamkit/s3/access.hpp>

namespace streamkit::s3 {

/// The decoded query without the signature's parameters.
using Query = std::vector<net::HttpHeader>;

/// The target of a request.
struct Address {
  /// Empty for ListBuckets.
  std::string bucket;
  /// Decoded; empty for calls on a bucket.
  std::string key;
  Operation operation = Operation::ListBuckets;
  Query query;

  /// Returns a decoded query parameter; empty when it is missing.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
};

/// Returns whether the request is for `bucket` by its path, "/bucket" or "/bucket/key".
[[nodiscard]] bool is_path_style(std::string_view path, std::string_view bucket) noexcept;
/// Returns whether the request is for `bucket` by its host, "bucket.anything"; the path is then the
/// key. A path that names the bucket too is path style: a host name may begin with the bucket's
/// name by chance.
[[nodiscard]] bool is_host_style(const http::RequestHead& request,
                                 std::string_view bucket) noexcept;

/// Parses the target of a request. `bucket` is the bucket that host names contain; any other bucket
/// is read from the path. Errors (domain "s3"): InvalidURI, KeyTooLongError, MethodNotAllowed,
/// NotImplemented.
Result<Address> read_address(const http::RequestHead& request, std::string_view bucket);

/// Returns the value of a header or, for a presigned request, of a query parameter; empty when it
/// is missing.
[[nodiscard]] std::string_view amz_value(const http::RequestHead& request, const Address& address,
                                         std::string_view name) noexcept;

}  // namespace streamkit::s3
