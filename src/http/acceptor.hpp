#pragma once

#include <pthread.h>
#include <csignal>

#include <streamkit/core/result.hpp>
#include <streamkit/http/server.hpp>
#include <string>

#include "http/connection.hpp"

// Include this file only where connection.hpp is included.

namespace streamkit::http {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// Listens on an address; `text` is how the application wrote it. Errors: Unavailable.
inline Result<void> listen_on(Acceptor& acceptor, const ListenAddress& address,
                              const std::string& text) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
  boost::system::error_code failure;
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(Acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (!failure) return {};
  return Error{ErrorCode::Unavailable, "listen on " + text + ": " + failure.message(), "errno",
               failure.value()};
}

/// Returns the address of the peer. On a socket for both families, the address of an IPv4 client is
/// reported as IPv4, as on any other socket.
inline std::string client_address(const Socket& socket) {
  boost::system::error_code failure;
  const auto address = socket.remote_endpoint(failure).address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

/// Blocks SIGPIPE, because sendfile(2) and TLS write without MSG_NOSIGNAL. It is blocked for this
/// thread only: the application decides what the process does about the signal.
inline void block_broken_pipe_signal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace streamkit::http
