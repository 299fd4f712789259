#pragma once

#include <optional>
#include <streamkit/core/error.hpp>
#include <string_view>

namespace streamkit::server {

/// A row of S3's error list.
struct S3ErrorCode {
  int status;
  std::string_view code;
};

/// What S3 answers to a failed signature, an expired key, or a store that does not work.
[[nodiscard]] S3ErrorCode to_s3_error(const Error& error) noexcept;

}  // namespace streamkit::server
