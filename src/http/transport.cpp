#include "http/transport.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace streamkit::http {
namespace {

constexpr std::uint64_t kSendFileBytes = 1 << 20;

iovec part(std::string_view text) noexcept {
  // writev() does not change its input, although its interface is not const.
  return {const_cast<char*>(text.data()), text.size()};
}

IoResult failed(IoResult::Kind when_full) noexcept {
  const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {again ? when_full : IoResult::Kind::Closed, 0};
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int socket) : socket_(socket) {}

  IoResult handshake() override { return {IoResult::Kind::Done, 0}; }

  IoResult read(std::span<char> into) override {
    const auto size = ::recv(socket_, into.data(), into.size(), 0);
    if (size > 0) return {IoResult::Kind::Done, static_cast<std::size_t>(size)};
    return size == 0 ? IoResult{} : failed(IoResult::Kind::WantRead);
  }

  IoResult write(std::string_view first, std::string_view second, bool more) override {
    std::array<iovec, 2> parts = {part(first), part(second)};
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = second.empty() ? 1 : 2;
    const auto size = ::sendmsg(socket_, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    if (size >= 0) return {IoResult::Kind::Done, static_cast<std::size_t>(size)};
    return failed(IoResult::Kind::WantWrite);
  }

  IoResult write_file(const FileSlice& slice, std::span<char>) override {
    auto offset = static_cast<off_t>(slice.offset);
    const auto size = ::sendfile(socket_, slice.file->descriptor(), &offset,
                                 std::min(slice.length, kSendFileBytes));
    if (size >= 0) return {IoResult::Kind::Done, static_cast<std::size_t>(size)};
    return failed(IoResult::Kind::WantWrite);
  }

  bool has_pending() const noexcept override { return false; }
  void finish_sending() noexcept override {}
  void detach() noexcept override { socket_ = -1; }

 private:
  int socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(int socket) {
  return std::make_unique<PlainTransport>(socket);
}

}  // namespace streamkit::http
