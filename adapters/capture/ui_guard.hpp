#pragma once

#include <optional>
#include <streamkit/http/message.hpp>
#include <string>
#include <string_view>

namespace streamkit::capture_tool {

/// Rejects what does not come from the control page itself: a host name that is not this machine's
/// (DNS rebinding), a path without the token, a change that a page of another origin requests, and
/// files of the page that another page embeds. Every path begins with "/TOKEN/".
/// Source: RFC 6761 6.3 (localhost), RFC 6454 7 (Origin), Fetch Metadata Request Headers.
[[nodiscard]] std::optional<http::Response> check_ui_request(const http::RequestHead& head,
                                                             std::string_view token);

/// Adds the headers that every response of the page has.
[[nodiscard]] http::Response secured(http::Response response);
/// Returns an error as JSON, for the page to show.
[[nodiscard]] http::Response ui_error(int status, std::string_view code, std::string_view message);

}  // namespace streamkit::capture_tool
