#include "media/byte_source_io.hpp"

#include <utility>

#include "media/ffmpeg_error.hpp"

namespace streamkit::media {

Result<std::unique_ptr<ByteSourceIo>> ByteSourceIo::open(ByteSource& bytes) {
  constexpr int kBufferBytes = 8 * 1024;  // small: what is read ahead is late
  std::unique_ptr<ByteSourceIo> source(new ByteSourceIo(bytes));
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return out_of_memory();
  source->io_.reset(
      avio_alloc_context(buffer, kBufferBytes, 0, source.get(), &read_bytes, nullptr, nullptr));
  if (source->io_ == nullptr) {
    av_free(buffer);
    return out_of_memory();
  }
  source->io_->seekable = 0;
  return source;
}

void ByteSourceIo::begin(std::stop_token stop) noexcept {
  stop_ = std::move(stop);
  // FFmpeg remembers a failure; a wait that was stopped is none.
  if (failure_ && failure_->code == ErrorCode::Cancelled) {
    failure_.reset();
    io_->eof_reached = 0;
    io_->error = 0;
  }
}

int ByteSourceIo::read_bytes(void* opaque, std::uint8_t* buffer, int size) {
  auto& source = *static_cast<ByteSourceIo*>(opaque);
  auto count = source.bytes_.read({buffer, static_cast<std::size_t>(size)}, source.stop_);
  if (!count) {
    const bool stopped = count.error().code == ErrorCode::Cancelled;
    source.failure_ = std::move(count).error();
    return stopped ? AVERROR_EXIT : AVERROR(EIO);
  }
  if (*count == 0) return AVERROR_EOF;
  source.bytes_read_ += *count;
  return static_cast<int>(*count);
}

}  // namespace streamkit::media
