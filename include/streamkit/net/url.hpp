#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// An absolute http or https URL, taken apart.
struct STREAMKIT_API Url {
  /// "http" or "https".
  std::string scheme = "http";
  /// Lower case; an IPv6 address without its brackets.
  std::string host;
  /// The scheme's own (80, 443) where the text names none.
  std::uint16_t port = 80;
  /// Percent-encoded as given; begins with '/'.
  std::string path = "/";
  /// Percent-encoded as given, without '?'; empty when there is none.
  std::string query = {};

  friend bool operator==(const Url&, const Url&) = default;
};

/// Errors: InvalidArgument, saying what is wrong: another scheme, user information, a fragment, a
/// bad host, port or percent-escape, characters that a URL cannot hold. The text itself is not
/// repeated, as it may hold a secret.
STREAMKIT_API [[nodiscard]] Result<Url> parse_url(std::string_view text);

/// The inverse of parse_url(); a default port is left out.
STREAMKIT_API [[nodiscard]] std::string to_string(const Url& url);
/// For log lines and messages: a query may hold a signature.
STREAMKIT_API [[nodiscard]] std::string without_query(const Url& url);
/// What the Host header holds: brackets around IPv6, the port unless it is the scheme's own.
STREAMKIT_API [[nodiscard]] std::string host_header(const Url& url);
/// Whether the host names this machine: "localhost", 127.0.0.0/8 or ::1.
STREAMKIT_API [[nodiscard]] bool is_loopback(const Url& url) noexcept;

/// Everything but A-Z a-z 0-9 - . _ ~ as %XX in upper case, '/' too.
/// Source: RFC 3986 section 2.3; AWS Signature Version 4, "UriEncode()".
STREAMKIT_API [[nodiscard]] std::string percent_encode(std::string_view text);
/// The same, but '/' stays: for an object key in a path.
STREAMKIT_API [[nodiscard]] std::string percent_encode_path(std::string_view text);
/// The inverse of both; '+' stands for itself. Errors: InvalidArgument ('%' without two hex
/// digits).
STREAMKIT_API [[nodiscard]] Result<std::string> percent_decode(std::string_view text);

}  // namespace streamkit::net
