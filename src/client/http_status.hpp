#pragma once

#include <streamkit/core/error.hpp>
#include <string>
#include <string_view>

namespace streamkit::client {

/// What a caller can do about an HTTP status that is no success.
[[nodiscard]] ErrorCode map_http_status(int status) noexcept;

/// What a caller can do about an S3 answer: its `<Code>` first, which is more exact, then its
/// status. Source: Amazon S3 API Reference, "Error responses".
[[nodiscard]] ErrorCode map_s3_status(int status, std::string_view code) noexcept;

/// The text of the first `<name>` element of an S3 error document, as it stands; empty without one.
[[nodiscard]] std::string_view xml_element(std::string_view xml, std::string_view name) noexcept;

/// Text of a server made fit for one line of a log: bounded, without control characters.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace streamkit::client
