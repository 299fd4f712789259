#pragma once

#include <optional>

#include <streamkit/server/access_control.hpp>

namespace streamkit::server {

/// Protects a server whose calls are open because only this machine can reach it: web pages of any
/// origin in a local browser can reach it too. Rejects creating and controlling sessions and
/// reading metrics under a host name that is not this machine's (DNS rebinding), and changes that a
/// page of another origin requests. Pages may still play streams; uploads are signed.
/// Source: RFC 6761 6.3 ("localhost"), RFC 6454 7 (Origin).
[[nodiscard]] std::optional<Rejection> check_local_caller(const http::RequestHead& head,
                                                          std::string_view route_name);

}  // namespace streamkit::server
