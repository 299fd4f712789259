#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <span>
#include <streamkit/core/release_signal.hpp>

namespace streamkit::client {

/// A request body whose last byte libcurl gets only after the release.
class HeldBody {
 public:
  /// Both must outlive the transfer. `bytes` is not empty.
  HeldBody(std::span<const std::uint8_t> bytes, const ReleaseSignal& release)
      : bytes_(bytes), release_(release) {}
  HeldBody(const HeldBody&) = delete;
  HeldBody& operator=(const HeldBody&) = delete;

  /// Sets the callbacks. The length of the body is set by the caller.
  void set_options(CURL* easy);
  [[nodiscard]] const ReleaseSignal& release() const noexcept { return release_; }
  /// Continues a transfer that waits for the release, once that or an early response came. While it
  /// waits, the time without a byte does not count: `stall_s` is set again when it goes on. Call it
  /// after each step of the transfer.
  void update(CURL* easy, long stall_s);

 private:
  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* user) noexcept;
  static int seek(void* user, curl_off_t offset, int origin) noexcept;

  const std::span<const std::uint8_t> bytes_;
  const ReleaseSignal& release_;
  std::size_t read_bytes_ = 0;
  bool paused_ = false;
  bool stall_suspended_ = false;
};

}  // namespace streamkit::client
