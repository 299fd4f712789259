#include "local/life_lock.hpp"

#include <fcntl.h>

#include <cerrno>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>

namespace streamkit::local {

// Bytes beyond the end of a file can be locked: the file stays empty.
Result<LifeLock> LifeLock::hold(const std::filesystem::path& path, std::int64_t number) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return errno_error(errno, "opening '" + path.string() + "'");
  const auto locked = files::lock(file, static_cast<std::uint64_t>(number), 1);
  if (!locked) return locked.error().with_context("locking '" + path.string() + "'");
  return LifeLock(std::move(file), number);
}

bool LifeLock::is_held(std::int64_t number) const noexcept {
  return files::is_locked(file_, static_cast<std::uint64_t>(number), 1).value_or(true);
}

}  // namespace streamkit::local
