#include "server/new_api_key.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <streamkit/server/api_keys.hpp>
#include <streamkit/server/private_file.hpp>

#include "common/command_line.hpp"

namespace streamkit::server_tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 4 << 20;
constexpr unsigned kAllowedMode = 0770;
constexpr mode_t kNewFileMode = 0600;

Error cannot(std::string_view what, const fs::path& file, int code) {
  return errno_error(code, "cannot " + std::string(what) + " " + file.string());
}

// Uses a single write(2), so that a reader of the file sees either the whole line or nothing of it.
Result<void> append(const fs::path& file, const std::string& text) {
  const FileDescriptor opened(
      ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kNewFileMode));
  if (!opened) return cannot("open", file, errno);
  const auto written = ::write(opened.get(), text.data(), text.size());
  if (written < 0) return cannot("write", file, errno);
  if (static_cast<std::size_t>(written) != text.size()) return cannot("write", file, ENOSPC);
  return files::sync(opened, file.string());
}

Result<void> add_to_file(const fs::path& file, const server::ApiKey& key) {
  const auto text = server::read_private_file(file, kMaxFileBytes, kAllowedMode);
  const bool exists = text || text.error().code != ErrorCode::NotFound;
  if (exists && !text) return text.error().with_context(file.string());
  // A file without any key yet may receive the first one.
  if (exists && text->find("sha256:") != std::string::npos) {
    const auto keys = server::parse_api_keys(*text);
    if (!keys) return keys.error().with_context(file.string());
    const auto same_name = [&](const server::ApiKey& other) { return other.name == key.name; };
    if (std::any_of(keys->begin(), keys->end(), same_name)) {
      return Error{ErrorCode::InvalidArgument,
                   file.string() + " has a key named '" + key.name +
                       "' already: choose another name, or remove that line first"};
    }
  }
  const bool needs_line_end = exists && !text->empty() && text->back() != '\n';
  return append(file, (needs_line_end ? "\n" : "") + server::to_line(key) + "\n");
}

}  // namespace

int run_new_api_key(const std::vector<std::string>& words) {
  const common::CommandLine command_line(
      "streamkit-server new-api-key NAME [--add FILE]",
      "Creates a key for creating streams. The key is shown only this once. With --add its line "
      "is\n"
      "added to the file of --api-keys and only the key is printed; otherwise the line is printed "
      "too.",
      {{"name", "NAME", "name of the key's holder: 1 to 64 of A-Z a-z 0-9 . _ -"},
       {"add", "FILE", "adds the line to this file, created with mode 0600 if missing"}},
      {"name"});
  const auto arguments = common::read_command_line(command_line, words);
  if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
  const auto& given = std::get<common::Arguments>(arguments);
  const auto name = given.required("name");
  if (!name) return common::report(command_line.program(), name.error());
  const auto made = server::make_api_key(*name);
  if (!made) return common::report(command_line.program(), made.error());
  if (!given.given("add")) {
    std::cout << "key:  " << made->secret << "\nline: " << server::to_line(made->key) << std::endl;
    return 0;
  }
  if (const auto added = add_to_file(given.text("add"), made->key); !added) {
    return common::report(command_line.program(), added.error());
  }
  std::cout << made->secret << std::endl;
  return 0;
}

}  // namespace streamkit::server_tool
