#include "spool_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <system_error>
#include <utility>

namespace streamkit::client::spool_files {
namespace {

constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPrivateFolder = 0700;

}  // namespace

Result<void> make_private_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder.parent_path(), failure);
  const std::string what = "creating folder '" + folder.string() + "'";
  if (::mkdir(folder.c_str(), kPrivateFolder) == 0) return {};
  if (errno != EEXIST) return errno_error(errno, what);
  if (!std::filesystem::is_directory(folder, failure)) return errno_error(ENOTDIR, what);
  if (::chmod(folder.c_str(), kPrivateFolder) == 0) return {};
  return errno_error(errno, "restricting folder '" + folder.string() + "' to its owner");
}

Result<FileDescriptor> lock_file(const FileDescriptor& folder, const std::string& name) {
  FileDescriptor file(::openat(folder.get(), name.c_str(),
                               O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFile));
  if (!file) return errno_error(errno, "opening '" + name + "'");
  if (auto locked = files::lock(file); !locked) return locked.error();
  return file;
}

bool is_locked(const FileDescriptor& folder, const std::string& name) {
  // Asking for a write lock needs a file that is open for writing.
  const FileDescriptor file(::openat(folder.get(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  return file && files::is_locked(file).value_or(false);
}

Result<void> write_durably(const FileDescriptor& folder, const std::string& name,
                           const std::string& temporary,
                           std::initializer_list<std::span<const std::uint8_t>> parts) {
  const FileDescriptor file(::openat(folder.get(), temporary.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                                     kPrivateFile));
  if (!file) return errno_error(errno, "creating '" + temporary + "'");
  auto written = [&]() -> Result<void> {
    for (const auto& part : parts) {
      if (auto done = files::write_all(file, part); !done) return done;
    }
    return files::sync(file, temporary);
  }();
  if (written) return rename(folder, temporary, name);
  // It may take the last room on the disk.
  ::unlinkat(folder.get(), temporary.c_str(), 0);
  return written;
}

Result<Bytes> read_file(const FileDescriptor& folder, const std::string& name,
                        std::size_t max_bytes) {
  const auto file = files::open_file_at(folder, name);
  if (!file) return file.error();
  auto bytes = files::read_begin(*file, max_bytes);
  if (!bytes) return bytes.error().with_context("'" + name + "'");
  return bytes;
}

Result<std::uint64_t> size_of(const FileDescriptor& folder, const std::string& name) {
  struct stat status {};
  if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno_error(errno, "examining '" + name + "'");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> rename(const FileDescriptor& folder, const std::string& from, const std::string& to) {
  if (::renameat(folder.get(), from.c_str(), folder.get(), to.c_str()) != 0) {
    return errno_error(errno, "renaming '" + from + "'");
  }
  return files::sync(folder, "the spool's folder");
}

Result<void> remove(const FileDescriptor& folder, const std::string& name) {
  if (::unlinkat(folder.get(), name.c_str(), 0) != 0) {
    if (errno == ENOENT) return {};
    return errno_error(errno, "removing '" + name + "'");
  }
  return files::sync(folder, "the spool's folder");
}

Result<std::vector<std::string>> names_in(const FileDescriptor& folder) {
  auto entries = files::entries_of(folder);
  if (!entries) return entries.error();
  std::vector<std::string> names;
  for (files::FolderEntry& entry : *entries) names.push_back(std::move(entry.name));
  return names;
}

}  // namespace streamkit::client::spool_files
