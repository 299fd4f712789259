#pragma once

#include <span>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

#include <streamkit/server/server.hpp>

namespace streamkit::server {

/// Returns whether clients on other machines are meant to reach the server, according to its listen
/// address or its public URL.
[[nodiscard]] bool is_beyond_loopback(const ServerOptions& options,
                                      const http::ListenAddress& address);

/// Returns the public URL without slashes at its end; empty stays empty. Errors: InvalidArgument.
Result<std::string> check_public_url(std::string url);

/// Checks that the settings are consistent. Errors: InvalidArgument, naming the setting, the flag
/// and the expected value.
Result<void> check_options(const ServerOptions& options, const http::ListenAddress& address);

/// Checks that additional routes of the application can be reached: they must not be below the
/// bucket's path.
/// Errors: InvalidArgument, naming the pattern.
Result<void> check_routes(std::span<const http::Route> routes, std::string_view bucket);

}  // namespace streamkit::server
