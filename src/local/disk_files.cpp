#include "local/disk_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <random>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <string_view>
#include <system_error>

namespace streamkit::local {
namespace {

std::string random_name() {
  std::random_device device;
  const std::uint64_t number = (std::uint64_t{device()} << 32) | device();
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return std::string(digits.data(), end);
}

bool lock_without_waiting(const FileDescriptor& file) {
  return files::without_interruption([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) == 0;
}

}  // namespace

Result<void> make_folders(const std::filesystem::path& folder) {
  std::error_code failure;
  const auto whole = std::filesystem::absolute(folder, failure).lexically_normal();
  std::filesystem::path made;
  for (const auto& part : whole) {
    const auto above = made;
    made /= part;
    if (part.empty() || made == whole.root_path() || made == whole.root_name()) continue;
    if (::mkdir(made.c_str(), 0777) == 0) {
      const auto opened = files::open_folder(above);
      if (!opened) return opened.error();
      if (auto synced = files::sync(*opened, above.string()); !synced) return synced;
    } else if (errno != EEXIST) {
      const int number = errno;
      if (std::filesystem::is_directory(made, failure)) continue;
      return errno_error(number, "creating folder '" + made.string() + "'");
    }
  }
  return {};
}

Result<Bytes> read_all(const FileDescriptor& file, std::stop_token stop) {
  const auto size = files::size_of(file);
  if (!size) return size.error();
  Bytes bytes(static_cast<std::size_t>(*size));
  const auto filled = files::read_at(file, 0, bytes, std::move(stop));
  if (!filled) return filled.error();
  if (*filled < bytes.size()) {
    return Error{ErrorCode::CorruptData, "an object's file was cut short"};
  }
  return bytes;
}

Result<TemporaryFile> TemporaryFile::create(const FileDescriptor& folder) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = random_name();
    FileDescriptor file(
        ::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file && errno == EEXIST) continue;
    if (!file) return errno_error(errno, "creating a temporary file");
    if (files::without_interruption([&] { return ::flock(file.get(), LOCK_EX); }) != 0) {
      return errno_error(errno, "locking a temporary file");
    }
    // Between the open and the lock, another process may have removed the file as a leftover.
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return errno_error(errno, "examining a temporary file");
    if (status.st_nlink > 0) return TemporaryFile(folder, std::move(name), std::move(file));
  }
  return Error{ErrorCode::Unavailable, "temporary files vanish as soon as they are made"};
}

TemporaryFile::~TemporaryFile() {
  if (file_ && !name_.empty()) ::unlinkat(folder_->get(), name_.c_str(), 0);
}

Result<void> TemporaryFile::rename_to(const FileDescriptor& folder, const std::string& name) {
  if (::renameat(folder_->get(), name_.c_str(), folder.get(), name.c_str()) != 0) {
    return errno_error(errno, "renaming into place");
  }
  name_.clear();
  return {};
}

Result<void> remove_leftovers(const FileDescriptor& folder) {
  const auto entries = files::entries_of(folder);
  if (!entries) return entries.error();
  for (const files::FolderEntry& entry : *entries) {
    if (entry.kind != files::EntryKind::File) continue;
    const auto file = files::open_file_at(folder, entry.name);
    if (!file || !lock_without_waiting(*file)) continue;
    if (::unlinkat(folder.get(), entry.name.c_str(), 0) != 0 && errno != ENOENT) {
      return errno_error(errno, "removing the leftover '" + entry.name + "'");
    }
  }
  return {};
}

}  // namespace streamkit::local
