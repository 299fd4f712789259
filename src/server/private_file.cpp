#include <streamkit/server/private_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>

namespace streamkit::server {
namespace {

constexpr mode_t kPermissions = 0777;

}  // namespace

Result<std::string> read_private_file(const std::filesystem::path& file, std::size_t max_bytes,
                                      unsigned allowed_mode) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!opened) return errno_error(errno, "open it");
  struct stat status = {};
  if (::fstat(opened.get(), &status) != 0) return errno_error(errno, "examine it");
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::InvalidArgument, "it is not a regular file"};
  if ((status.st_mode & kPermissions & ~allowed_mode) != 0) {
    return Error{ErrorCode::PermissionDenied,
                 "others on this machine may open it: restrict it with chmod 600"};
  }
  const auto bytes = files::read_begin(opened, max_bytes + 1);
  if (!bytes) return bytes.error();
  if (bytes->size() > max_bytes) return Error{ErrorCode::InvalidArgument, "it is too long"};
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace streamkit::server
