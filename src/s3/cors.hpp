#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::s3 {

/// Lets pages of allowed origins call the endpoint from a browser.
/// Source: Fetch Standard, "CORS protocol"; Amazon S3 User Guide, "Using cross-origin resource
/// sharing (CORS)".
/// Thread-safety: as of `allows`.
class Cors {
 public:
  /// Returns whether pages of an origin may call. Empty: none.
  using Allows = std::function<bool(std::string_view origin)>;
  explicit Cors(Allows allows) : allows_(std::move(allows)) {}

  /// Returns the response to a preflight, which is never signed; no value for any other request.
  [[nodiscard]] std::optional<http::Response> preflight(const http::RequestHead& request) const;
  /// Lets the page that sent the request read its response.
  void expose(const http::RequestHead& request, http::Response& response) const;

 private:
  [[nodiscard]] bool is_allowed(std::string_view origin) const;

  const Allows allows_;
};

}  // namespace streamkit::s3
