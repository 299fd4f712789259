#include "spool_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

namespace streamkit::client::spool_files {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPrivateFolder = 0700;

ErrorCode code_of(int number) noexcept {
  switch (number) {
    case ENOENT:
      return ErrorCode::NotFound;
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
    case ELOOP:
    case ENAMETOOLONG:
      return ErrorCode::InvalidArgument;
    default:
      return ErrorCode::Unavailable;
  }
}

template <typename Call>
auto without_interruption(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

Result<void> sync(const FileHandle& file, std::string_view what) {
  if (without_interruption([&] { return ::fsync(file.get()); }) == 0) return {};
  return file_error(errno, "syncing '" + std::string(what) + "' to disk");
}

Result<void> write_all(const FileHandle& file, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        without_interruption([&] { return ::write(file.get(), bytes.data(), bytes.size()); });
    if (written < 0) return file_error(errno, "writing to the spool");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<FileHandle> open_regular(const FileHandle& folder, const std::string& name) {
  // Opened without blocking, because opening a pipe of this name would wait for its writer.
  FileHandle file(
      ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return file_error(errno, "opening '" + name + "'");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_error(errno, "examining '" + name + "'");
  if (!S_ISREG(status.st_mode)) return file_error(EISDIR, "opening '" + name + "'");
  return file;
}

struct flock whole_file() noexcept {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

struct FolderCloser {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

}  // namespace

Error file_error(int number, std::string_view action) {
  return {code_of(number), std::string(action) + ": " + std::generic_category().message(number),
          "errno", number};
}

Result<void> make_private_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder.parent_path(), failure);
  const std::string what = "creating folder '" + folder.string() + "'";
  if (::mkdir(folder.c_str(), kPrivateFolder) == 0) return {};
  if (errno != EEXIST) return file_error(errno, what);
  if (!std::filesystem::is_directory(folder, failure)) return file_error(ENOTDIR, what);
  if (::chmod(folder.c_str(), kPrivateFolder) == 0) return {};
  return file_error(errno, "restricting folder '" + folder.string() + "' to its owner");
}

Result<FileHandle> open_folder(const std::filesystem::path& folder) {
  FileHandle handle(::open(folder.c_str(), kFolderFlags));
  if (!handle) return file_error(errno, "opening folder '" + folder.string() + "'");
  return handle;
}

// The lock belongs to the open file and not to the process, whose locks on the file would all be
// released when any descriptor of it is closed. Source: fcntl(2), "Open file description locks".
Result<FileHandle> lock_file(const FileHandle& folder, const std::string& name) {
  FileHandle file(::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                           kPrivateFile));
  if (!file) return file_error(errno, "opening '" + name + "'");
  struct flock lock = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) == 0) return file;
  if (errno == EAGAIN || errno == EACCES) {
    return Error{ErrorCode::AlreadyExists, "another process uses it"};
  }
  return Error{ErrorCode::Unsupported, "its file system has no locks that end with a process"};
}

bool is_locked(const FileHandle& folder, const std::string& name) {
  // Asking for a write lock needs a file that is open for writing.
  const FileHandle file(::openat(folder.get(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return false;
  struct flock lock = whole_file();
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

Result<void> write_durably(const FileHandle& folder, const std::string& name,
                           const std::string& temporary,
                           std::initializer_list<std::span<const std::uint8_t>> parts) {
  const FileHandle file(::openat(folder.get(), temporary.c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                                 kPrivateFile));
  if (!file) return file_error(errno, "creating '" + temporary + "'");
  auto written = [&]() -> Result<void> {
    for (const auto& part : parts) {
      if (auto done = write_all(file, part); !done) return done;
    }
    return sync(file, temporary);
  }();
  if (written) return rename(folder, temporary, name);
  // It may take the last room on the disk.
  ::unlinkat(folder.get(), temporary.c_str(), 0);
  return written;
}

Result<Bytes> read_file(const FileHandle& folder, const std::string& name, std::size_t max_bytes) {
  const auto file = open_regular(folder, name);
  if (!file) return file.error();
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return file_error(errno, "examining '" + name + "'");
  Bytes bytes(std::min(static_cast<std::size_t>(status.st_size), max_bytes));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = without_interruption(
        [&] { return ::read(file->get(), bytes.data() + filled, bytes.size() - filled); });
    if (got < 0) return file_error(errno, "reading '" + name + "'");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::uint64_t> size_of(const FileHandle& folder, const std::string& name) {
  struct stat status {};
  if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return file_error(errno, "examining '" + name + "'");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> rename(const FileHandle& folder, const std::string& from, const std::string& to) {
  if (::renameat(folder.get(), from.c_str(), folder.get(), to.c_str()) != 0) {
    return file_error(errno, "renaming '" + from + "'");
  }
  return sync(folder, "the spool's folder");
}

Result<void> remove(const FileHandle& folder, const std::string& name) {
  if (::unlinkat(folder.get(), name.c_str(), 0) != 0) {
    if (errno == ENOENT) return {};
    return file_error(errno, "removing '" + name + "'");
  }
  return sync(folder, "the spool's folder");
}

Result<std::vector<std::string>> names_in(const FileHandle& folder) {
  const int own = ::openat(folder.get(), ".", kFolderFlags);
  if (own < 0) return file_error(errno, "reading the folder");
  const std::unique_ptr<DIR, FolderCloser> entries(::fdopendir(own));
  if (!entries) {
    ::close(own);
    return file_error(errno, "reading the folder");
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return file_error(errno, "reading the folder");
  return names;
}

}  // namespace streamkit::client::spool_files
