#include "server/new_api_key.hpp"

#include <iostream>

#include <streamkit/server/api_keys.hpp>
#include "common/command_line.hpp"

namespace streamkit::server_tool {

int run_new_api_key(const std::vector<std::string>& words) {
  const common::CommandLine command_line(
      "streamkit-server new-api-key NAME",
      "Makes a key for creating streams. The key is shown this once; the line belongs into the "
      "file "
      "of\n--api-keys, which should be readable by the server only (chmod 600).",
      {{"name", "NAME", "whose key it is: 1 to 64 of A-Z a-z 0-9 . _ -"}}, {"name"});
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto name = std::get<common::Arguments>(arguments).required("name");
  if (!name) return common::report(command_line.program(), name.error());
  const auto made = server::make_api_key(*name);
  if (!made) return common::report(command_line.program(), made.error());
  std::cout << "key:  " << made->secret << "\nline: " << server::to_line(made->key) << std::endl;
  return 0;
}

}  // namespace streamkit::server_tool
