#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// What became of a step that does not wait.
struct IoResult {
  enum class Kind {
    Done,       ///< `bytes` moved, at least one unless the file ended.
    WantRead,   ///< Again once the socket is readable.
    WantWrite,  ///< Again, with the same arguments, once it is writable.
    Closed      ///< The other side is gone, or does not keep to the protocol.
  };
  Kind kind = Kind::Closed;
  std::size_t bytes = 0;
};

/// The bytes of one connection over a non-blocking socket that it does not own: as they are, or
/// through TLS. The calling thread must have SIGPIPE blocked or ignored.
class Transport {
 public:
  virtual ~Transport() = default;
  /// What must be agreed on before the first byte. Done with 0 bytes when it is.
  virtual IoResult handshake() = 0;
  virtual IoResult read(std::span<char> into) = 0;
  /// Writes from `first`, then from `second`. `more`: something else follows at once.
  virtual IoResult write(std::string_view first, std::string_view second, bool more) = 0;
  /// Writes from the beginning of `slice`, which has a descriptor. `scratch` is room for it to use.
  virtual IoResult write_file(const FileSlice& slice, std::span<char> scratch) = 0;
  /// Bytes may be there that the socket does not show as readable.
  [[nodiscard]] virtual bool has_pending() const noexcept = 0;
  /// Tells the other side that nothing follows. The socket is shut down by its owner.
  virtual void finish_sending() noexcept = 0;
  /// The socket is about to be closed, and its number to mean another one: everything is Closed.
  virtual void detach() noexcept = 0;
};

[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(int socket);

}  // namespace streamkit::http
