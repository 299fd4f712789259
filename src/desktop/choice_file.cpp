#include "desktop/choice_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "desktop/portal_handles.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::size_t kMostBytes = 1024;

bool is_visible(char character) { return character > ' ' && character <= '~'; }

Error file_error(const std::filesystem::path& file) {
  return {ErrorCode::Unavailable,
          "cannot write '" + file.string() + "': " + std::generic_category().message(errno)};
}

}  // namespace

std::string read_choice(const std::filesystem::path& file) {
  // Without waiting, also if it is a pipe.
  const OwnedDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, kMostBytes> text{};
  const ssize_t bytes = opened.get() < 0 ? 0 : ::read(opened.get(), text.data(), text.size());
  std::string token(text.data(), static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
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
  const OwnedDescriptor created(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (created.get() < 0) return file_error(file);
  const std::string line = std::string(token) + "\n";
  const bool written =
      ::write(created.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (written && ::rename(temporary.c_str(), file.c_str()) == 0) return {};
  Error error = file_error(file);
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace streamkit::desktop
