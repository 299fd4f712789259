#include "desktop/choice_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <streamkit/core/text.hpp>
#include <system_error>

namespace streamkit::desktop {
namespace {

constexpr std::size_t kMostBytes = 1024;

bool is_visible(char character) { return character > ' ' && character <= '~'; }

Error cannot_write(const std::filesystem::path& file) {
  return errno_error(errno, "cannot write '" + file.string() + "'");
}

}  // namespace

std::string read_choice(const std::filesystem::path& file) {
  const auto opened = files::open_file(file);
  const Bytes bytes = opened ? files::read_begin(*opened, kMostBytes).value_or(Bytes{}) : Bytes{};
  std::string token(bytes.begin(), bytes.end());
  while (!token.empty() && token.back() == '\n') token.pop_back();
  const bool is_token =
      token.size() + 1 < kMostBytes && std::all_of(token.begin(), token.end(), is_visible);
  return is_token ? token : std::string();
}

Result<void> write_choice(const std::filesystem::path& file, std::string_view token) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::filesystem::path temporary = file;
  temporary += ".new";
  ::unlink(temporary.c_str());
  const FileDescriptor created(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!created) return cannot_write(file);
  auto written = files::write_all(created, bytes_of(std::string(token) + "\n"));
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) written = cannot_write(file);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace streamkit::desktop
