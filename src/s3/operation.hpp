#pragma once

#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <streamkit/http/message.hpp>
#include <streamkit/s3/access.hpp>

namespace streamkit::s3 {

/// The query, decoded, without the signature's own parameters.
using Query = std::vector<net::HttpHeader>;

/// What a request is about.
struct Address {
  /// Empty for ListBuckets.
  std::string bucket;
  /// Decoded; empty for calls on a bucket.
  std::string key;
  Operation operation = Operation::ListBuckets;
  Query query;

  /// A query parameter, decoded; empty when it is not there.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
};

/// Whether the request is meant for `bucket` by its path, "/bucket" or "/bucket/key".
[[nodiscard]] bool is_path_style(std::string_view path, std::string_view bucket) noexcept;
/// Whether it is by its host, "bucket.anything", the key being the path. A path that names the
/// bucket too is path style: a host name may begin with the bucket's by chance.
[[nodiscard]] bool is_host_style(const http::RequestHead& request,
                                 std::string_view bucket) noexcept;

/// Takes the request apart. `bucket` is the one that hosts name; any other bucket is read from the
/// path. Errors (domain "s3"): InvalidURI, KeyTooLongError, MethodNotAllowed, NotImplemented.
Result<Address> read_address(const http::RequestHead& request, std::string_view bucket);

/// A value that a request gives in a header or, presigned, in its query; empty when it does not.
[[nodiscard]] std::string_view amz_value(const http::RequestHead& request, const Address& address,
                                         std::string_view name) noexcept;

}  // namespace streamkit::s3
