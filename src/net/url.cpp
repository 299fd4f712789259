#include <algorithm>
#include <charconv>
#include <optional>
#include <streamkit/core/text.hpp>
#include <streamkit/net/url.hpp>

namespace streamkit::net {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error bad_url(std::string_view reason) {
  return {ErrorCode::InvalidArgument, "URL " + std::string(reason)};
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::uint16_t default_port(std::string_view scheme) noexcept {
  return scheme == "https" ? kHttpsPort : kHttpPort;
}

bool is_host_name(std::string_view host) noexcept {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_ipv6(std::string_view host) noexcept {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc{} || end != digits.data() + digits.size() || port == 0) return {};
  return port;
}

// Parses "host", "host:port", "[v6]" or "[v6]:port".
Result<void> parse_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return bad_url("must not contain a user name or password");
  }
  std::string_view host;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) return bad_url("lacks the ']' after its IPv6 address");
    host = authority.substr(1, bracket - 1);
    rest = authority.substr(bracket + 1);
    if (!is_ipv6(host)) return bad_url("has an invalid IPv6 address");
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    if (host.empty()) return bad_url("has no host");
    if (!is_host_name(host)) return bad_url("has an invalid host name");
  }
  url.host = lower_ascii(host);
  url.port = default_port(url.scheme);
  if (rest.empty()) return {};
  const auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port) return bad_url("has an invalid port, must be 1 to 65535");
  url.port = *port;
  return {};
}

Result<void> check_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c > '~') return bad_url("has a space, a control or a non-ASCII character");
    if (c == '%' &&
        (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)) {
      return bad_url("has a '%' without two hex digits");
    }
  }
  return {};
}

std::string encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
        (keep_slash && c == '/')) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += kHex[byte >> 4];
      result += kHex[byte & 0xf];
    }
  }
  return result;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto separator = text.find("://");
  if (separator == std::string_view::npos) return bad_url("must begin with http:// or https://");
  Url url;
  url.scheme = lower_ascii(text.substr(0, separator));
  if (url.scheme != "http" && url.scheme != "https") {
    return bad_url("must begin with http:// or https://");
  }
  if (text.find('#') != std::string_view::npos) return bad_url("must not have a fragment ('#')");
  if (const auto checked = check_characters(text); !checked) return checked.error();

  const std::string_view rest = text.substr(separator + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  if (const auto parsed = parse_authority(rest.substr(0, authority_end), url); !parsed) {
    return parsed.error();
  }
  const std::string_view target = rest.substr(authority_end);
  const auto question = target.find('?');
  if (question != 0 && !target.empty()) url.path = target.substr(0, question);
  if (question != std::string_view::npos) url.query = target.substr(question + 1);
  return url;
}

std::string host_header(const Url& url) {
  std::string host = is_ipv6(url.host) ? "[" + url.host + "]" : url.host;
  if (url.port != default_port(url.scheme)) host += ":" + std::to_string(url.port);
  return host;
}

std::string without_query(const Url& url) {
  return url.scheme + "://" + host_header(url) + url.path;
}

std::string to_string(const Url& url) {
  return url.query.empty() ? without_query(url) : without_query(url) + "?" + url.query;
}

bool is_loopback(const Url& url) noexcept {
  const bool is_ipv4 = url.host.find_first_not_of("0123456789.") == std::string::npos;
  return url.host == "localhost" || url.host == "::1" || (is_ipv4 && url.host.starts_with("127."));
}

bool names_this_machine(std::string_view host) {
  const auto url = parse_url("http://" + std::string(host));
  return url && (is_loopback(*url) || url->host.ends_with(".localhost"));
}

std::string percent_encode(std::string_view text) { return encode(text, false); }

std::string percent_encode_path(std::string_view text) { return encode(text, true); }

Result<std::string> percent_decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Error{ErrorCode::InvalidArgument, "'%' must be followed by two hex digits"};
    }
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

}  // namespace streamkit::net
