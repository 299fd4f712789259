#pragma once

#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

#include <streamkit/server/server.hpp>
#include "common/command_line.hpp"

namespace streamkit::server_tool {

/// The options on the command line of `streamkit-server`.
struct ProgramOptions {
  server::ServerOptions server;
  std::filesystem::path data_dir;
  LogLevel log_level = LogLevel::Info;
};

[[nodiscard]] common::CommandLine server_command_line();
/// Reads the options. Errors: InvalidArgument, naming flag and variable.
Result<ProgramOptions> read_server_options(const common::Arguments& arguments);

}  // namespace streamkit::server_tool
