#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <span>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <streamkit/media/chunk_recording.hpp>
#include <utility>

namespace streamkit::media {
namespace {

std::string recording(const std::filesystem::path& path) {
  return "recording '" + path.string() + "'";
}

class FileRecording final : public ChunkRecording {
 public:
  FileRecording(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  ~FileRecording() override {
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
    if (auto written = files::write_all(file_, bytes); !written) {
      // A part of a chunk would end the file for every player.
      if (::ftruncate(file_.get(), static_cast<off_t>(size_.load())) == 0) {
        ::lseek(file_.get(), 0, SEEK_END);
      }
      return written.error().with_context(recording(path_));
    }
    size_ += bytes.size();
    return {};
  }

  const std::filesystem::path& path() const noexcept override { return path_; }
  std::uint64_t size_bytes() const noexcept override { return size_; }

 private:
  const std::filesystem::path path_;
  const FileDescriptor file_;
  std::atomic<std::uint64_t> size_{0};
};

}  // namespace

Result<std::unique_ptr<ChunkRecording>> ChunkRecording::create(std::filesystem::path path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (extension != ".mp4") {
    return Error{ErrorCode::Unsupported, recording(path) + ": give a name that ends with .mp4"};
  }
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) return errno_error(errno, recording(path));
  return std::unique_ptr<ChunkRecording>(
      std::make_unique<FileRecording>(std::move(path), std::move(file)));
}

}  // namespace streamkit::media
