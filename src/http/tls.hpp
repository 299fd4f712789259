#pragma once

#include <memory>
#include <streamkit/core/result.hpp>

#include <streamkit/http/server.hpp>
#include "http/transport.hpp"

namespace streamkit::http {

/// A certificate and its key, ready for connections: TLS 1.2 and newer, ALPN "http/1.1".
/// Thread-safety: every method may be called from any thread.
class TlsIdentity {
 public:
  /// Reads the files. Errors, naming the file: NotFound; InvalidArgument (no certificate or key in
  /// it, a key that does not match, that needs a password or is too weak); Unavailable (not
  /// readable).
  static Result<std::shared_ptr<const TlsIdentity>> load(const TlsFiles& files);
  virtual ~TlsIdentity() = default;
  /// Returns a connection over a non-blocking socket. It may outlive this object.
  /// Errors: Internal (out of memory).
  virtual Result<std::unique_ptr<Transport>> accept(int socket) const = 0;
};

}  // namespace streamkit::http
