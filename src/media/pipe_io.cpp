#include "media/pipe_io.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "media/ffmpeg_error.hpp"
#include "media/input_access.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

constexpr int kBufferBytes = 64 * 1024;
constexpr int kPollMs = 100;

bool is_standard_input(const fs::path& path) { return path == "-" || path == "/dev/stdin"; }
bool is_standard_output(const fs::path& path) { return path == "-" || path == "/dev/stdout"; }

bool is_regular(int descriptor) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

bool names_fifo(const fs::path& path) {
  std::error_code ignored;
  return fs::is_fifo(path, ignored);
}

Error cannot_open(const fs::path& path, int number) {
  return errno_error(number, "cannot open '" + path.string() + "'");
}

Result<int> copy_standard(int number, const char* name) {
  if (::isatty(number) == 1) {
    return Error{ErrorCode::InvalidArgument,
                 std::string(name) + " is a terminal; redirect it to a file or a pipe"};
  }
  const int copied = ::fcntl(number, F_DUPFD_CLOEXEC, 0);
  if (copied < 0) return cannot_open(name, errno);
  return copied;
}

// Does not wait for somebody to write: read() does, and can be stopped.
Result<int> open_to_read(const fs::path& path) {
  if (is_standard_input(path)) return copy_standard(STDIN_FILENO, "standard input");
  const int opened = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) return cannot_open(path, errno);
  return opened;
}

Result<int> open_to_write(const fs::path& path, const std::stop_token& stop) {
  if (is_standard_output(path)) return copy_standard(STDOUT_FILENO, "standard output");
  while (!stop.stop_requested()) {
    const int opened = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (opened >= 0) return opened;
    if (errno != ENXIO) return cannot_open(path, errno);
    std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));  // nobody reads yet
  }
  return Error{ErrorCode::Cancelled, "stopped while nobody read '" + path.string() + "'"};
}

}  // namespace

bool is_input_pipe(const fs::path& path) {
  if (is_url(path)) return true;
  if (is_standard_input(path)) return !is_regular(STDIN_FILENO);
  return names_fifo(path);
}

bool is_output_pipe(const fs::path& path) { return is_standard_output(path) || names_fifo(path); }

Result<std::unique_ptr<PipeIo>> PipeIo::open_input(const fs::path& path, std::stop_token stop) {
  return open(open_to_read(path), false, std::move(stop));
}

Result<std::unique_ptr<PipeIo>> PipeIo::open_output(const fs::path& path, std::stop_token stop) {
  auto descriptor = open_to_write(path, stop);
  return open(std::move(descriptor), true, std::move(stop));
}

Result<std::unique_ptr<PipeIo>> PipeIo::open(Result<int> descriptor, bool write,
                                             std::stop_token stop) {
  if (!descriptor) return descriptor.error();
  std::unique_ptr<PipeIo> pipe(new PipeIo(*descriptor, std::move(stop)));
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return out_of_memory();
  pipe->io_.reset(avio_alloc_context(buffer, kBufferBytes, write ? 1 : 0, pipe.get(),
                                     write ? nullptr : &PipeIo::read,
                                     write ? &PipeIo::write : nullptr, nullptr));
  if (pipe->io_ == nullptr) {
    av_free(buffer);
    return out_of_memory();
  }
  pipe->io_->seekable = 0;
  return pipe;
}

PipeIo::~PipeIo() { ::close(descriptor_); }

// Returns 0 when the pipe is ready.
int PipeIo::wait_for(short events) const {
  for (;;) {
    if (stop_.stop_requested()) return AVERROR_EXIT;
    pollfd waiting = {descriptor_, events, 0};
    const int ready = ::poll(&waiting, 1, kPollMs);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return AVERROR(errno);
  }
}

int PipeIo::read(void* opaque, std::uint8_t* buffer, int size) {
  const auto& pipe = *static_cast<const PipeIo*>(opaque);
  for (;;) {
    if (const int code = pipe.wait_for(POLLIN); code < 0) return code;
    const ssize_t count = ::read(pipe.descriptor_, buffer, static_cast<std::size_t>(size));
    if (count > 0) return static_cast<int>(count);
    if (count == 0) return AVERROR_EOF;
    if (errno != EINTR && errno != EAGAIN) return AVERROR(errno);
  }
}

int PipeIo::write(void* opaque, std::uint8_t* buffer, int size) {
  const auto& pipe = *static_cast<const PipeIo*>(opaque);
  int written = 0;
  while (written < size) {
    if (const int code = pipe.wait_for(POLLOUT); code < 0) return code;
    // A pipe that is ready takes this many bytes without waiting.
    const int most = std::min(size - written, 4096);
    const ssize_t count =
        ::write(pipe.descriptor_, buffer + written, static_cast<std::size_t>(most));
    if (count > 0) written += static_cast<int>(count);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return AVERROR(errno);
  }
  return size;
}

}  // namespace streamkit::media
