#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <span>
#include <streamkit/media/chunk_recording.hpp>
#include <system_error>

namespace streamkit::media {
namespace {

Error system_error(int number, const std::filesystem::path& path) {
  const auto code = [number] {
    switch (number) {
      case EEXIST:
        return ErrorCode::AlreadyExists;
      case ENOENT:
      case ENOTDIR:
        return ErrorCode::NotFound;
      case EACCES:
      case EPERM:
      case EROFS:
        return ErrorCode::PermissionDenied;
      case ENOSPC:
      case EDQUOT:
      case EFBIG:
        return ErrorCode::ResourceExhausted;
      default:
        return ErrorCode::Unavailable;
    }
  }();
  return {code, "recording '" + path.string() + "': " + std::generic_category().message(number),
          "system", number};
}

class FileRecording final : public ChunkRecording {
 public:
  FileRecording(std::filesystem::path path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}
  ~FileRecording() override {
    ::close(descriptor_);
    if (size_ == 0) ::unlink(path_.c_str());
  }
  FileRecording(FileRecording&&) = delete;
  FileRecording& operator=(FileRecording&&) = delete;

  Result<void> add(const Chunk& chunk) override {
    if (chunk.header_bytes == 0 || chunk.header_bytes > chunk.data.size()) {
      return Error{ErrorCode::InvalidArgument, "recording: a chunk without a header"};
    }
    // All chunks have the same header, which a file needs once.
    std::span<const std::uint8_t> bytes(chunk.data);
    if (size_ > 0) bytes = bytes.subspan(static_cast<std::size_t>(chunk.header_bytes));
    if (auto written = write(bytes); !written) {
      // A part of a chunk would end the file for every player.
      if (::ftruncate(descriptor_, static_cast<off_t>(size_.load())) == 0) {
        ::lseek(descriptor_, 0, SEEK_END);
      }
      return written;
    }
    size_ += bytes.size();
    return {};
  }

  const std::filesystem::path& path() const noexcept override { return path_; }
  std::uint64_t size_bytes() const noexcept override { return size_; }

 private:
  Result<void> write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error(errno, path_);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  const std::filesystem::path path_;
  const int descriptor_;
  std::atomic<std::uint64_t> size_{0};
};

}  // namespace

Result<std::unique_ptr<ChunkRecording>> ChunkRecording::create(std::filesystem::path path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (extension != ".mp4") {
    return Error{ErrorCode::Unsupported,
                 "recording '" + path.string() + "': give a name that ends with .mp4"};
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return system_error(errno, path);
  return std::unique_ptr<ChunkRecording>(
      std::make_unique<FileRecording>(std::move(path), descriptor));
}

}  // namespace streamkit::media
