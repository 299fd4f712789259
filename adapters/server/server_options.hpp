#pragma once

#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

#include "common/command_line.hpp"
#include "server/server.hpp"

namespace streamkit::server_tool {

/// What `streamkit-server` was told.
struct ServerOptions {
  server::ServerConfig server;
  std::filesystem::path data_dir;
  LogLevel log_level = LogLevel::Info;
};

[[nodiscard]] common::CommandLine server_command_line();
/// Errors: InvalidArgument, naming flag and variable.
[[nodiscard]] Result<ServerOptions> read_server_options(const common::Arguments& arguments);

}  // namespace streamkit::server_tool
