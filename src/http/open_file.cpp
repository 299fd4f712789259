#include <streamkit/http/open_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace streamkit::http {
namespace {

Error file_error(int code) {
  const bool missing = code == ENOENT || code == ENOTDIR || code == EISDIR || code == ELOOP;
  return {missing ? ErrorCode::NotFound : ErrorCode::Unavailable,
          "open file: " + std::generic_category().message(code), "errno", code};
}

}  // namespace

Result<std::shared_ptr<const OpenFile>> OpenFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO under this name must not hold up a thread until the type is checked.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return file_error(errno);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return file_error(ENOENT);
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

}  // namespace streamkit::http
