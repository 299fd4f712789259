#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit::net {

/// The parts of an absolute http or https URL.
struct STREAMKIT_API Url {
  /// "http" or "https".
  std::string scheme = "http";
  /// In lower case; an IPv6 address has no brackets.
  std::string host;
  /// The scheme's default (80, 443) if the text has no port.
  std::uint16_t port = 80;
  /// Percent-encoded as given; begins with '/'.
  std::string path = "/";
  /// Percent-encoded as given, without '?'; empty if there is none.
  std::string query = {};

  friend bool operator==(const Url&, const Url&) = default;
};

/// Parses a URL.
/// Errors: InvalidArgument, with the reason: another scheme, user information, a fragment, an
/// invalid host, port or percent-escape, characters that a URL cannot contain. The message does not
/// repeat the text, as it may contain a secret.
STREAMKIT_API Result<Url> parse_url(std::string_view text);

/// The inverse of parse_url(); leaves out a default port.
STREAMKIT_API [[nodiscard]] std::string to_string(const Url& url);
/// Formats a URL for log lines and messages: a query may contain a signature.
STREAMKIT_API [[nodiscard]] std::string without_query(const Url& url);
/// Returns the value of the Host header: an IPv6 address in brackets, the port unless it is the
/// scheme's default.
STREAMKIT_API [[nodiscard]] std::string host_header(const Url& url);
/// Returns whether the host is this machine: "localhost", 127.0.0.0/8 or ::1.
STREAMKIT_API [[nodiscard]] bool is_loopback(const Url& url) noexcept;

/// Returns whether a Host header, with or without a port, names the machine itself: localhost, a
/// name below it, or an address of the loopback interface. A page that reaches this machine by a
/// name of its own (DNS rebinding) sends that name. Source: RFC 6761 6.3.
STREAMKIT_API [[nodiscard]] bool names_this_machine(std::string_view host);

/// Encodes every character except A-Z a-z 0-9 - . _ ~ as %XX in upper case, including '/'.
/// Source: RFC 3986 section 2.3; AWS Signature Version 4, "UriEncode()".
STREAMKIT_API [[nodiscard]] std::string percent_encode(std::string_view text);
/// The same, but leaves '/' unchanged: for an object key in a path.
STREAMKIT_API [[nodiscard]] std::string percent_encode_path(std::string_view text);
/// The inverse of both; '+' is not decoded.
/// Errors: InvalidArgument ('%' without two hex digits).
STREAMKIT_API Result<std::string> percent_decode(std::string_view text);

}  // namespace streamkit::net
