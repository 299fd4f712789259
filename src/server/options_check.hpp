#pragma once

#include <span>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

#include <streamkit/server/server.hpp>

namespace streamkit::server {

/// Whether others than this machine's users are meant to reach the server: by the address that it
/// listens on, or by its public URL.
[[nodiscard]] bool is_beyond_loopback(const ServerOptions& options,
                                      const http::ListenAddress& address);

/// The public URL without slashes at its end; empty stays empty. Errors: InvalidArgument.
Result<std::string> check_public_url(std::string url);

/// Whether the settings go together. Errors: InvalidArgument, naming the setting, the flag and what
/// it should be.
Result<void> check_options(const ServerOptions& options, const http::ListenAddress& address);

/// Whether routes of the application's own can be reached: not below the bucket's path.
/// Errors: InvalidArgument, naming the pattern.
Result<void> check_routes(std::span<const http::Route> routes, std::string_view bucket);

}  // namespace streamkit::server
