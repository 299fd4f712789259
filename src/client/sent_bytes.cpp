#include "sent_bytes.hpp"

#include <algorithm>

#ifdef __linux__
#include <sys/ioctl.h>
#endif

namespace streamkit::client {
namespace {

std::uint64_t handed_over(CURL* easy) {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &bytes);
  return static_cast<std::uint64_t>(std::max<curl_off_t>(0, bytes));
}

// Includes the head of the request, and the overhead of TLS. Source: tcp(7), SIOCOUTQ, which is
// TIOCOUTQ.
std::uint64_t unacknowledged([[maybe_unused]] curl_socket_t socket) {
#ifdef __linux__
  int bytes = 0;
  if (socket != CURL_SOCKET_BAD && ::ioctl(socket, TIOCOUTQ, &bytes) == 0 && bytes > 0) {
    return static_cast<std::uint64_t>(bytes);
  }
#endif
  return 0;
}

}  // namespace

void SentBytes::update(CURL* easy) {
  if (!is_wanted()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_at_) return;
  next_at_ = now + kInterval;
  const std::uint64_t handed = handed_over(easy);
  report(handed - std::min(handed, unacknowledged(socket_)));
}

void SentBytes::finish(CURL* easy) {
  if (is_wanted()) report(handed_over(easy));
}

void SentBytes::report(std::uint64_t bytes) {
  if (bytes <= reported_) return;
  reported_ = bytes;
  report_(bytes);
}

}  // namespace streamkit::client
