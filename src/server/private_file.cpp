#include <streamkit/server/private_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace streamkit::server {
namespace {

constexpr mode_t kPermissions = 0777;

struct Descriptor {
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  const int number;
};

Error failure(int code, std::string_view action) {
  const auto kind = code == ENOENT   ? ErrorCode::NotFound
                    : code == EACCES ? ErrorCode::PermissionDenied
                                     : ErrorCode::Unavailable;
  return {kind, std::string(action) + ": " + std::generic_category().message(code), "errno", code};
}

Result<std::string> read_all(int descriptor, std::size_t max_bytes) {
  std::string text;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    const auto size = ::read(descriptor, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure(errno, "read it");
    if (size == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
    if (text.size() > max_bytes) return Error{ErrorCode::InvalidArgument, "it is too long"};
  }
}

}  // namespace

Result<std::string> read_private_file(const std::filesystem::path& file, std::size_t max_bytes,
                                      unsigned allowed_mode) {
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.number < 0) return failure(errno, "open it");
  struct stat status = {};
  if (::fstat(descriptor.number, &status) != 0) return failure(errno, "examine it");
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::InvalidArgument, "it is not a regular file"};
  if ((status.st_mode & kPermissions & ~allowed_mode) != 0) {
    return Error{ErrorCode::PermissionDenied,
                 "others on this machine may open it: restrict it with chmod 600"};
  }
  return read_all(descriptor.number, max_bytes);
}

}  // namespace streamkit::server
