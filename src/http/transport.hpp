#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// The result of a non-blocking operation.
struct IoResult {
  enum class Kind {
    Done,       ///< `bytes` were transferred, at least one unless the file ended.
    WantRead,   ///< Repeat when the socket is readable.
    WantWrite,  ///< Repeat, with the same arguments, when the socket is writable.
    Closed      ///< The peer has disconnected or violated the protocol.
  };
  Kind kind = Kind::Closed;
  std::size_t bytes = 0;
};

/// Transfers the bytes of one connection over a non-blocking socket that it does not own, plain or
/// with TLS. The calling thread must have SIGPIPE blocked or ignored.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Negotiates the connection before the first byte. Done with 0 bytes when it is complete.
  virtual IoResult handshake() = 0;
  virtual IoResult read(std::span<char> into) = 0;
  /// Writes from `first`, then from `second`. `more`: further data follows immediately.
  virtual IoResult write(std::string_view first, std::string_view second, bool more) = 0;
  /// Writes from the beginning of `slice`, which has a descriptor. `scratch` is a buffer for its
  /// use.
  virtual IoResult write_file(const FileSlice& slice, std::span<char> scratch) = 0;
  /// Returns whether there may be bytes that the socket does not show as readable.
  [[nodiscard]] virtual bool has_pending() const noexcept = 0;
  /// Notifies the peer that nothing follows. The owner shuts the socket down.
  virtual void finish_sending() noexcept = 0;
  /// Detaches from the socket before it is closed and its number reused: from then on every
  /// operation returns Closed.
  virtual void detach() noexcept = 0;
};

[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(int socket);

}  // namespace streamkit::http
