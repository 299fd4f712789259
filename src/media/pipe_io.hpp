#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <utility>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// A pipe for FFmpeg to read from or to write to. While the other side does nothing, it waits until
/// a stop is requested.
class STREAMKIT_API PipeIo {
 public:
  /// A FIFO to write to is waited for until somebody reads it.
  /// Errors: NotFound, PermissionDenied; InvalidArgument (a terminal); Cancelled; Internal.
  static Result<std::unique_ptr<PipeIo>> open_input(const std::filesystem::path& path,
                                                    std::stop_token stop);
  static Result<std::unique_ptr<PipeIo>> open_output(const std::filesystem::path& path,
                                                     std::stop_token stop);
  ~PipeIo();
  PipeIo(const PipeIo&) = delete;
  PipeIo& operator=(const PipeIo&) = delete;

  [[nodiscard]] AVIOContext* io() const noexcept { return io_.get(); }
  /// From now on, waiting ends when `stop` is requested.
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }
  /// Returns whether waiting was ended by the stop.
  [[nodiscard]] bool stopped() const noexcept { return stop_.stop_requested(); }

 private:
  PipeIo(int descriptor, std::stop_token stop) : descriptor_(descriptor), stop_(std::move(stop)) {}
  static Result<std::unique_ptr<PipeIo>> open(Result<int> descriptor, bool write,
                                              std::stop_token stop);
  static int read(void* opaque, std::uint8_t* buffer, int size);
  static int write(void* opaque, std::uint8_t* buffer, int size);
  [[nodiscard]] int wait_for(short events) const;

  const int descriptor_;
  IoPtr io_;
  std::stop_token stop_;
};

}  // namespace streamkit::media
