#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include <streamkit/http/server.hpp>
#include "http/raw_client.hpp"
#include "http/scripted_handler.hpp"

namespace streamkit::http {

/// A server on a free port of loopback that does as `handler_` is told.
class HttpServerFixture : public ::testing::Test {
 protected:
  std::uint16_t start(ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    auto server = Server::start(options, handler_);
    if (!server) {
      ADD_FAILURE() << server.error().message;
      return 0;
    }
    server_ = *std::move(server);
    return server_->port();
  }

  void wait_for_connections(std::size_t count) {
    while (server_->connections() != count) std::this_thread::yield();
  }

  ScriptedHandler handler_;
  std::unique_ptr<Server> server_;
};

}  // namespace streamkit::http
