#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "server/http_message.hpp"

// For http_server.cpp alone: whatever includes this compiles Boost.Beast.

namespace streamkit::server {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// One client. Everything but the atomics belongs to the socket's strand.
struct Connection {
  explicit Connection(boost::asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}

  // The sweeper closes the socket at the deadline: one timer for all connections.
  void allow(std::chrono::milliseconds time) noexcept {
    const auto until = std::min(std::chrono::steady_clock::now() + time, transfer_end);
    deadline.store(until.time_since_epoch().count());
  }
  void begin_transfer(std::chrono::milliseconds total) noexcept {
    transfer_end = std::chrono::steady_clock::now() + total;
  }

  boost::asio::ip::tcp::socket socket;
  boost::beast::flat_buffer buffer;
  std::string remote_address;
  std::chrono::steady_clock::time_point transfer_end = std::chrono::steady_clock::time_point::max();
  std::atomic<std::chrono::steady_clock::rep> deadline =
      std::chrono::steady_clock::time_point::max().time_since_epoch().count();
  // Between requests: stop() closes it at once.
  std::atomic<bool> idle = true;
};

// "http://host/path" names the same resource as "/path". Source: RFC 9112 3.2.2.
inline std::string_view origin_form(std::string_view target) noexcept {
  if (target.starts_with('/')) return target;
  const auto authority = target.find("://");
  if (authority == std::string_view::npos) return target;
  const auto path = target.find('/', authority + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

inline Request to_request(const Parser::value_type& message, const Connection& connection) {
  Request request;
  request.method = message.method_string();
  const std::string_view target = origin_form(message.target());
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.remote_address = connection.remote_address;
  request.received_at = std::chrono::steady_clock::now();
  return request;
}

}  // namespace streamkit::server
