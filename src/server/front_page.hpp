#pragma once

#include <string>
#include <string_view>

#include <streamkit/http/router.hpp>

namespace streamkit::server {

/// The content of the page at "/".
struct FrontPage {
  /// The prefix of each URL, as in "https://video.example.org"; without a slash at its end.
  std::string base_url;
  /// True when creating a session needs an API key.
  bool needs_key = false;
  /// True when the server accepts new streams.
  bool streaming_enabled = true;
  /// True when the server has a watch page.
  bool watch_page = false;
};

/// Returns the page for people. It describes the server, how to start a stream, and where to read
/// its state.
[[nodiscard]] std::string front_page_html(const FrontPage& page);
/// Returns the same content as one JSON object: `service`, `version` and the URLs of the API.
[[nodiscard]] std::string front_page_json(const FrontPage& page);
/// Returns whether an Accept header prefers JSON over HTML: it names application/json, and not
/// text/html before it. Source: RFC 9110 12.5.1, without weights.
[[nodiscard]] bool prefers_json(std::string_view accept) noexcept;

/// Returns the route of GET /: the page, or the JSON object for clients that prefer it.
/// `page.base_url` is the public URL; empty: the scheme and host of the request.
[[nodiscard]] http::Route front_page_route(FrontPage page);

}  // namespace streamkit::server
