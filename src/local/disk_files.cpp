#include "local/disk_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <random>
#include <system_error>

namespace streamkit::local {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// Large enough to keep the disk busy, and small enough to react to a stop request soon.
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

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
    case EEXIST:
    case ENAMETOOLONG:
    case EINVAL:
      return ErrorCode::InvalidArgument;
    case EBUSY:
    case EAGAIN:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ESTALE:
      return ErrorCode::Unavailable;
    default:
      return ErrorCode::Internal;
  }
}

template <typename Call>
auto without_interruption(const Call& call) {
  auto answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  return answer;
}

Error cancelled() { return {ErrorCode::Cancelled, "file access cancelled"}; }

std::string random_name() {
  std::random_device device;
  const std::uint64_t number = (std::uint64_t{device()} << 32) | device();
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return std::string(digits.data(), end);
}

Result<FileHandle> open_path(const std::filesystem::path& folder) {
  FileHandle handle(::open(folder.c_str(), kFolderFlags));
  if (!handle) return file_error(errno, "opening folder '" + folder.string() + "'");
  return handle;
}

bool lock_without_waiting(const FileHandle& file) {
  return without_interruption([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) == 0;
}

}  // namespace

Error file_error(int number, std::string_view action) {
  return {code_of(number), std::string(action) + ": " + std::generic_category().message(number),
          "errno", number};
}

bool is_absent(const Error& error) noexcept {
  return error.domain == "errno" && (error.native_code == ENOENT || error.native_code == ENOTDIR ||
                                     error.native_code == ELOOP || error.native_code == EISDIR);
}

Result<void> make_folders(const std::filesystem::path& folder) {
  std::error_code failure;
  const auto whole = std::filesystem::absolute(folder, failure).lexically_normal();
  std::filesystem::path made;
  for (const auto& part : whole) {
    const auto above = made;
    made /= part;
    if (part.empty() || made == whole.root_path() || made == whole.root_name()) continue;
    if (::mkdir(made.c_str(), 0777) == 0) {
      const auto opened = open_path(above);
      if (!opened) return opened.error();
      if (auto synced = sync(*opened, above.string()); !synced) return synced;
    } else if (errno != EEXIST) {
      const int number = errno;
      if (std::filesystem::is_directory(made, failure)) continue;
      return file_error(number, "making folder '" + made.string() + "'");
    }
  }
  return {};
}

Result<FileHandle> open_folder_at(const FileHandle& folder, const std::string& name) {
  FileHandle handle(::openat(folder.get(), name.c_str(), kFolderFlags | O_NOFOLLOW));
  if (!handle) return file_error(errno, "opening folder '" + name + "'");
  return handle;
}

Result<FileHandle> open_file_at(const FileHandle& folder, const std::string& name) {
  // Opened without blocking, because opening a pipe of this name would wait for its writer.
  FileHandle handle(
      ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!handle) return file_error(errno, "opening '" + name + "'");
  struct stat status {};
  if (::fstat(handle.get(), &status) != 0) return file_error(errno, "looking at '" + name + "'");
  if (!S_ISREG(status.st_mode)) return file_error(EISDIR, "opening '" + name + "'");
  return handle;
}

Result<void> sync(const FileHandle& file, std::string_view what) {
  if (without_interruption([&] { return ::fsync(file.get()); }) == 0) return {};
  return file_error(errno, "syncing '" + std::string(what) + "' to disk");
}

Result<void> write_all(const FileHandle& file, std::span<const std::uint8_t> bytes,
                       std::stop_token stop) {
  while (!bytes.empty()) {
    if (stop.stop_requested()) return cancelled();
    const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes));
    const ssize_t written =
        without_interruption([&] { return ::write(file.get(), piece.data(), piece.size()); });
    if (written < 0) return file_error(errno, "writing");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> read_at(const FileHandle& file, std::uint64_t offset,
                            std::span<std::uint8_t> into, std::stop_token stop) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    if (stop.stop_requested()) return cancelled();
    const auto piece = into.subspan(filled, std::min(into.size() - filled, kPieceBytes));
    const ssize_t got = without_interruption([&] {
      return ::pread(file.get(), piece.data(), piece.size(), static_cast<off_t>(offset + filled));
    });
    if (got < 0) return file_error(errno, "reading");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Result<Bytes> read_all(const FileHandle& file, std::stop_token stop) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_error(errno, "looking at an object");
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  const auto filled = read_at(file, 0, bytes, std::move(stop));
  if (!filled) return filled.error();
  if (*filled < bytes.size()) {
    return Error{ErrorCode::CorruptData, "an object's file was cut short"};
  }
  return bytes;
}

Result<std::vector<FolderEntry>> entries_of(const FileHandle& folder) {
  FileHandle own(::openat(folder.get(), ".", kFolderFlags));
  if (!own) return file_error(errno, "opening a folder");
  const FolderHandle open_folder(::fdopendir(own.get()));
  if (!open_folder) return file_error(errno, "reading a folder");
  (void)own.release();  // closedir() closes it

  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(open_folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    auto type = entry->d_type;
    if (type == DT_UNKNOWN) {
      struct stat status {};
      if (::fstatat(folder.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_UNKNOWN;
    }
    if (type == DT_DIR || type == DT_REG) entries.push_back({std::string(name), type == DT_DIR});
  }
  if (errno != 0) return file_error(errno, "reading a folder");
  return entries;
}

Result<TemporaryFile> TemporaryFile::create(const FileHandle& folder) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = random_name();
    FileHandle file(
        ::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file && errno == EEXIST) continue;
    if (!file) return file_error(errno, "making a temporary file");
    if (without_interruption([&] { return ::flock(file.get(), LOCK_EX); }) != 0) {
      return file_error(errno, "locking a temporary file");
    }
    // Between the open and the lock, another process may have removed the file as a leftover.
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return file_error(errno, "looking at a temporary file");
    if (status.st_nlink > 0) return TemporaryFile(folder, std::move(name), std::move(file));
  }
  return Error{ErrorCode::Unavailable, "temporary files vanish as soon as they are made"};
}

TemporaryFile::~TemporaryFile() {
  if (file_ && !name_.empty()) ::unlinkat(folder_->get(), name_.c_str(), 0);
}

Result<void> TemporaryFile::rename_to(const FileHandle& folder, const std::string& name) {
  if (::renameat(folder_->get(), name_.c_str(), folder.get(), name.c_str()) != 0) {
    return file_error(errno, "renaming into place");
  }
  name_.clear();
  return {};
}

Result<void> remove_leftovers(const FileHandle& folder) {
  const auto entries = entries_of(folder);
  if (!entries) return entries.error();
  for (const FolderEntry& entry : *entries) {
    if (entry.folder) continue;
    const auto file = open_file_at(folder, entry.name);
    if (!file || !lock_without_waiting(*file)) continue;
    if (::unlinkat(folder.get(), entry.name.c_str(), 0) != 0 && errno != ENOENT) {
      return file_error(errno, "removing the leftover '" + entry.name + "'");
    }
  }
  return {};
}

}  // namespace streamkit::local
