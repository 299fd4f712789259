#pragma once

#include <streamkit/core/error.hpp>
#include <streamkit/core/text.hpp>
#include <string_view>

namespace streamkit::client {

/// Returns what a caller can do about an HTTP status that is not a success.
[[nodiscard]] ErrorCode map_http_status(int status) noexcept;

/// Returns what a caller can do about an S3 response. Its `<Code>` is more exact and is used first,
/// then its status. Source: Amazon S3 API Reference, "Error responses".
[[nodiscard]] ErrorCode map_s3_status(int status, std::string_view code) noexcept;

/// Returns the unchanged text of the first `<name>` element of an S3 error document; empty if there
/// is none.
[[nodiscard]] std::string_view xml_element(std::string_view xml, std::string_view name) noexcept;

}  // namespace streamkit::client
