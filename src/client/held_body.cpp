#include "held_body.hpp"

#include <algorithm>
#include <cstring>

namespace streamkit::client {
namespace {

// libcurl stops sending then, but does not end a transfer that is paused.
bool is_rejected(CURL* easy) {
  constexpr long kFirstErrorStatus = 300;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return status >= kFirstErrorStatus;
}

}  // namespace

void HeldBody::set_options(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, read);
  curl_easy_setopt(easy, CURLOPT_READDATA, this);
  // libcurl reads again from the start if a kept connection turns out to be closed.
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
}

void HeldBody::update(CURL* easy, long stall_s) {
  if (!paused_) return;
  if (!release_.is_released() && !is_rejected(easy)) {
    if (!stall_suspended_) curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 0L);
    stall_suspended_ = true;
    return;
  }
  paused_ = false;
  if (stall_suspended_) curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stall_s);
  stall_suspended_ = false;
  // Also lets the next step follow immediately.
  curl_easy_pause(easy, CURLPAUSE_CONT);
}

std::size_t HeldBody::read(char* buffer, std::size_t size, std::size_t count, void* user) noexcept {
  auto& body = *static_cast<HeldBody*>(user);
  const std::size_t held = body.release_.is_released() ? 0 : 1;
  const std::size_t left = body.bytes_.size() - body.read_bytes_;
  if (left > 0 && left <= held) {
    body.paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  const std::size_t taken = std::min(size * count, left - std::min(left, held));
  std::memcpy(buffer, body.bytes_.data() + body.read_bytes_, taken);
  body.read_bytes_ += taken;
  return taken;
}

int HeldBody::seek(void* user, curl_off_t offset, int origin) noexcept {
  auto& body = *static_cast<HeldBody*>(user);
  const bool valid =
      origin == SEEK_SET && offset >= 0 && static_cast<std::uint64_t>(offset) <= body.bytes_.size();
  if (!valid) return CURL_SEEKFUNC_CANTSEEK;
  body.read_bytes_ = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

}  // namespace streamkit::client
