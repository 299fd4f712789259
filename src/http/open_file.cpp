#include <streamkit/http/open_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <string_view>

namespace streamkit::http {
namespace {

Error file_error(int number, std::string_view action) {
  Error error = errno_error(number, action);
  if (is_absent(error)) error.code = ErrorCode::NotFound;
  return error;
}

}  // namespace

Result<std::shared_ptr<const OpenFile>> OpenFile::open(const std::filesystem::path& path) {
  // With O_NONBLOCK, a FIFO of this name does not block the thread before its type is checked.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return file_error(errno, "open file");
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return file_error(ENOENT, "open file");
  }
  const auto modified = WallTime(std::chrono::duration_cast<WallTime::duration>(
      std::chrono::seconds(status.st_mtim.tv_sec) +
      std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
  return std::make_shared<const OpenFile>(descriptor, static_cast<std::uint64_t>(status.st_size),
                                          modified);
}

OpenFile::OpenFile(int descriptor, std::uint64_t size_bytes, WallTime modified) noexcept
    : descriptor_(descriptor), size_bytes_(size_bytes), modified_(modified) {}

OpenFile::~OpenFile() { ::close(descriptor_); }

Result<std::size_t> OpenFile::read(std::uint64_t offset, std::span<std::uint8_t> into,
                                   std::stop_token stop) const {
  const auto left = size_bytes_ - std::min(offset, size_bytes_);
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left)));
  std::size_t filled = 0;
  while (filled < into.size()) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading a file cancelled"};
    const auto size = files::without_interruption([&] {
      return ::pread(descriptor_, into.data() + filled, into.size() - filled,
                     static_cast<off_t>(offset + filled));
    });
    if (size < 0) return file_error(errno, "read file");
    if (size == 0) return Error{ErrorCode::CorruptData, "the file was cut short", "errno", 0};
    filled += static_cast<std::size_t>(size);
  }
  return filled;
}

}  // namespace streamkit::http
