#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/byte_source.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Lets FFmpeg read a ByteSource.
class ByteSourceIo {
 public:
  /// `bytes` must outlive the object.
  static Result<std::unique_ptr<ByteSourceIo>> open(ByteSource& bytes);
  [[nodiscard]] AVIOContext* io() const noexcept { return io_.get(); }
  /// Begins a call that waits for bytes: `stop` ends the wait.
  void begin(std::stop_token stop) noexcept;
  /// Returns why the last read failed.
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
  [[nodiscard]] std::size_t bytes_read() const noexcept { return bytes_read_; }

 private:
  explicit ByteSourceIo(ByteSource& bytes) : bytes_(bytes) {}
  static int read_bytes(void* opaque, std::uint8_t* buffer, int size);

  ByteSource& bytes_;
  std::stop_token stop_;
  std::optional<Error> failure_;
  std::size_t bytes_read_ = 0;
  IoPtr io_;
};

}  // namespace streamkit::media
