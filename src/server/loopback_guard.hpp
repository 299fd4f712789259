#pragma once

#include <optional>

#include <streamkit/server/access_control.hpp>

namespace streamkit::server {

/// For a server whose calls are open because only this machine reaches it: so do the pages that its
/// browsers show, wherever they came from. Rejects creating, controlling and reading metrics under
/// a host name that is not this machine's (a page whose name was made to point here), and changes
/// that a page of another origin asks for. Pages may still play streams; uploads are signed.
/// Source: RFC 6761 6.3 ("localhost"), RFC 6454 7 (Origin).
[[nodiscard]] std::optional<Rejection> check_local_caller(const http::RequestHead& head,
                                                          std::string_view route_name);

}  // namespace streamkit::server
