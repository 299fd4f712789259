#include <streamkit/core/errno_error.hpp>

#include <cerrno>
#include <string>
#include <system_error>

namespace streamkit {
namespace {

ErrorCode code_of(int number) noexcept {
  switch (number) {
    case ENOENT:
      return ErrorCode::NotFound;
    case EEXIST:
      return ErrorCode::AlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::ResourceExhausted;
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
      return ErrorCode::InvalidArgument;
    case EBADF:
    case EFAULT:
      return ErrorCode::Internal;
    default:
      return ErrorCode::Unavailable;
  }
}

}  // namespace

Error errno_error(int number, std::string_view action) {
  return {code_of(number), std::string(action) + ": " + std::generic_category().message(number),
          "errno", number};
}

bool is_absent(const Error& error) noexcept {
  return error.domain == "errno" && (error.native_code == ENOENT || error.native_code == ENOTDIR ||
                                     error.native_code == ELOOP || error.native_code == EISDIR);
}

}  // namespace streamkit
