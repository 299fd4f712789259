#pragma once

#include <streamkit/core/result.hpp>
#include <string>

#include "server/server.hpp"

namespace streamkit::server {

/// Whether others than this machine's users are meant to reach the server: by the address that it
/// listens on, or by its public URL.
[[nodiscard]] bool is_beyond_loopback(const ServerConfig& config,
                                      const http::ListenAddress& address);

/// The public URL without slashes at its end; empty stays empty. Errors: InvalidArgument.
[[nodiscard]] Result<std::string> check_public_url(std::string url);

/// Whether the settings go together. Errors: InvalidArgument, naming the setting, the flag and what
/// it should be.
[[nodiscard]] Result<void> check_config(const ServerConfig& config,
                                        const http::ListenAddress& address);

}  // namespace streamkit::server
