#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <functional>

namespace streamkit::client {

/// Reports how many bytes of a request's body have arrived at the other end: those that libcurl
/// handed to the system, less those that wait in its send queue for an acknowledgement. Where the
/// system does not tell, all that were handed over.
class SentBytes {
 public:
  static constexpr std::chrono::milliseconds kInterval{100};

  /// Both must outlive this object. An empty `report` is not called. `socket` is that of the
  /// connection.
  SentBytes(const std::function<void(std::uint64_t)>& report, const curl_socket_t& socket)
      : report_(report), socket_(socket) {}

  [[nodiscard]] bool is_wanted() const noexcept { return static_cast<bool>(report_); }
  /// Call it after each step of the transfer.
  void update(CURL* easy);
  /// Call it when the response has come, which acknowledges all bytes.
  void finish(CURL* easy);

 private:
  void report(std::uint64_t bytes);

  const std::function<void(std::uint64_t)>& report_;
  const curl_socket_t& socket_;
  std::chrono::steady_clock::time_point next_at_ = {};
  std::uint64_t reported_ = 0;
};

}  // namespace streamkit::client
