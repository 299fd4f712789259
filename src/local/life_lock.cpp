#include "local/life_lock.hpp"

#include <fcntl.h>

#include <cerrno>

#include "local/disk_files.hpp"

namespace streamkit::local {
namespace {

// Bytes beyond the end of a file can be locked: the file stays empty.
struct flock byte_lock(std::int64_t number) noexcept {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = number;
  lock.l_len = 1;
  return lock;
}

}  // namespace

// The lock belongs to the open file and not to the process, whose locks on the file would all be
// released when any descriptor of it is closed. Source: fcntl(2), "Open file description locks".
Result<LifeLock> LifeLock::hold(const std::filesystem::path& path, std::int64_t number) {
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return file_error(errno, "opening '" + path.string() + "'");
  struct flock lock = byte_lock(number);
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) {
      return Error{ErrorCode::AlreadyExists, "another process holds the lock"};
    }
    return Error{ErrorCode::Unsupported,
                 "the file system of '" + path.string() + "' has no locks that end with a process"};
  }
  return LifeLock(std::move(file), number);
}

bool LifeLock::is_held(std::int64_t number) const noexcept {
  struct flock lock = byte_lock(number);
  if (::fcntl(file_.get(), F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

}  // namespace streamkit::local
