#include <streamkit/core/file_access.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <streamkit/core/errno_error.hpp>
#include <utility>

namespace streamkit {

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) ::close(number_);
}

namespace files {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// Opened without blocking, because opening a pipe of this name would wait for its writer.
constexpr int kFileFlags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
// Large enough to keep the disk busy, and small enough to react to a stop request soon.
constexpr std::size_t kPartBytes = std::size_t{1} << 20;

Error cancelled() { return {ErrorCode::Cancelled, "file access cancelled"}; }

Result<FileDescriptor> opened_folder(int number, const std::string& name) {
  FileDescriptor folder(number);
  if (!folder) return errno_error(errno, "opening folder '" + name + "'");
  return folder;
}

Result<FileDescriptor> opened_file(int number, const std::string& name) {
  FileDescriptor file(number);
  if (!file) return errno_error(errno, "opening '" + name + "'");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno_error(errno, "examining '" + name + "'");
  if (S_ISREG(status.st_mode)) return file;
  return Error{ErrorCode::InvalidArgument, "'" + name + "' is not a regular file", "errno", EISDIR};
}

struct FolderCloser {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

EntryKind kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return EntryKind::File;
  return S_ISDIR(mode) ? EntryKind::Folder : EntryKind::Other;
}

EntryKind kind_of(const FileDescriptor& folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return kind_of(DTTOIF(entry.d_type));
  struct stat status {};
  const bool found = ::fstatat(folder.get(), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
  return found ? kind_of(status.st_mode) : EntryKind::Other;
}

// The lock belongs to the open file and not to the process, whose locks on the file would all be
// released when any descriptor of it is closed. Source: fcntl(2), "Open file description locks".
struct flock write_lock(std::uint64_t first, std::uint64_t count) noexcept {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(first);
  lock.l_len = static_cast<off_t>(count);
  return lock;
}

Error no_locks() {
  return {ErrorCode::Unsupported, "its file system has no locks that end with a process", "errno",
          errno};
}

}  // namespace

Result<FileDescriptor> open_folder(const std::filesystem::path& folder) {
  return opened_folder(::open(folder.c_str(), kFolderFlags), folder.string());
}

Result<FileDescriptor> open_folder_at(const FileDescriptor& folder, const std::string& name) {
  return opened_folder(::openat(folder.get(), name.c_str(), kFolderFlags | O_NOFOLLOW), name);
}

Result<FileDescriptor> open_file(const std::filesystem::path& file) {
  return opened_file(::open(file.c_str(), kFileFlags), file.string());
}

Result<FileDescriptor> open_file_at(const FileDescriptor& folder, const std::string& name) {
  return opened_file(::openat(folder.get(), name.c_str(), kFileFlags | O_NOFOLLOW), name);
}

Result<std::vector<FolderEntry>> entries_of(const FileDescriptor& folder) {
  FileDescriptor own(::openat(folder.get(), ".", kFolderFlags));
  if (!own) return errno_error(errno, "reading the folder");
  const std::unique_ptr<DIR, FolderCloser> open_folder(::fdopendir(own.get()));
  if (!open_folder) return errno_error(errno, "reading the folder");
  (void)own.release();  // closedir() closes it

  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(open_folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      entries.push_back({std::string(name), kind_of(folder, *entry)});
    }
  }
  if (errno != 0) return errno_error(errno, "reading the folder");
  return entries;
}

Result<std::uint64_t> size_of(const FileDescriptor& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno_error(errno, "examining a file");
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> read_at(const FileDescriptor& file, std::uint64_t offset,
                            std::span<std::uint8_t> into, std::stop_token stop) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    if (stop.stop_requested()) return cancelled();
    const auto part = into.subspan(filled, std::min(into.size() - filled, kPartBytes));
    const ssize_t got = without_interruption([&] {
      return ::pread(file.get(), part.data(), part.size(), static_cast<off_t>(offset + filled));
    });
    if (got < 0) return errno_error(errno, "reading");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Result<Bytes> read_begin(const FileDescriptor& file, std::size_t max_bytes) {
  const auto size = size_of(file);
  if (!size) return size.error();
  Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(*size, max_bytes)));
  const auto filled = read_at(file, 0, bytes);
  if (!filled) return filled.error();
  bytes.resize(*filled);
  return bytes;
}

Result<void> write_all(const FileDescriptor& file, std::span<const std::uint8_t> bytes,
                       std::stop_token stop) {
  while (!bytes.empty()) {
    if (stop.stop_requested()) return cancelled();
    const auto part = bytes.first(std::min(bytes.size(), kPartBytes));
    const ssize_t written =
        without_interruption([&] { return ::write(file.get(), part.data(), part.size()); });
    if (written < 0) return errno_error(errno, "writing");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync(const FileDescriptor& file, std::string_view name) {
  if (without_interruption([&] { return ::fsync(file.get()); }) == 0) return {};
  return errno_error(errno, "syncing '" + std::string(name) + "' to disk");
}

Result<void> lock(const FileDescriptor& file, std::uint64_t first, std::uint64_t count) {
  struct flock wanted = write_lock(first, count);
  if (::fcntl(file.get(), F_OFD_SETLK, &wanted) == 0) return {};
  if (errno != EAGAIN && errno != EACCES) return no_locks();
  return Error{ErrorCode::AlreadyExists, "another process holds the lock"};
}

Result<bool> is_locked(const FileDescriptor& file, std::uint64_t first, std::uint64_t count) {
  struct flock wanted = write_lock(first, count);
  if (::fcntl(file.get(), F_OFD_GETLK, &wanted) != 0) return no_locks();
  return wanted.l_type != F_UNLCK;
}

}  // namespace files
}  // namespace streamkit
