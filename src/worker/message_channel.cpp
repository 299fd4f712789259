#include "worker/message_channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "worker/wire.hpp"

namespace streamkit::worker {
namespace {

constexpr int kTickMs = 100;
constexpr std::size_t kHeadBytes = 16;
constexpr std::size_t kFirstPartBytes = std::size_t{1} << 20;

Error gone() { return {ErrorCode::Unavailable, "the other process is gone"}; }

// Whether the call is to be repeated after waiting.
bool is_later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

MessageChannel::~MessageChannel() { ::close(descriptor_); }

Result<void> MessageChannel::wait(short events, const Tick& tick) const {
  for (;;) {
    if (tick) {
      if (auto going_on = tick(); !going_on) return going_on;
    }
    pollfd waited{descriptor_, events, 0};
    const int ready = ::poll(&waited, 1, tick ? kTickMs : -1);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return gone();
  }
}

Result<void> MessageChannel::send_all(std::span<const std::uint8_t> bytes, const Tick& tick) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (!is_later(errno)) {
      return gone();
    } else if (auto waited = wait(POLLOUT, tick); !waited) {
      return waited;
    }
  }
  return {};
}

Result<void> MessageChannel::receive_all(std::span<std::uint8_t> bytes, const Tick& tick) const {
  while (!bytes.empty()) {
    const ssize_t came = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (came > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(came));
    } else if (came == 0 || !is_later(errno)) {
      return gone();
    } else if (auto waited = wait(POLLIN, tick); !waited) {
      return waited;
    }
  }
  return {};
}

Result<void> MessageChannel::send(MessageType type, std::span<const std::uint8_t> body,
                                  const Tick& tick) {
  WireWriter head;
  head.number(static_cast<std::uint64_t>(type));
  head.number(body.size());
  if (auto sent = send_all(head.take(), tick); !sent) return sent;
  return send_all(body, tick);
}

Result<Message> MessageChannel::receive(std::uint64_t most, const Tick& tick) {
  Bytes head(kHeadBytes);
  if (auto came = receive_all(head, tick); !came) return came.error();
  WireReader reader(head);
  const std::uint64_t type = reader.number(static_cast<std::uint64_t>(MessageType::Opened));
  const auto size = static_cast<std::size_t>(reader.number(most));
  if (!reader.is_valid() || type == 0) {
    return Error{ErrorCode::CorruptData, "invalid message of the other process"};
  }
  Message message{static_cast<MessageType>(type)};
  while (message.body.size() < size) {
    const std::size_t have = message.body.size();
    message.body.resize(std::min(size, std::max(2 * have, kFirstPartBytes)));
    if (auto came = receive_all(std::span(message.body).subspan(have), tick); !came) {
      return came.error();
    }
  }
  return message;
}

bool MessageChannel::is_disturbed() const {
  pollfd looked{descriptor_, POLLIN, 0};
  return ::poll(&looked, 1, 0) != 0;
}

}  // namespace streamkit::worker
