#include "http/raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace streamkit::http {

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval timeout{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    ADD_FAILURE() << "cannot connect to port " << port;
  }
}

RawClient::~RawClient() { ::close(socket_); }

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return;  // What the server says of it is still there to be read.
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void RawClient::finish_sending() { ::shutdown(socket_, SHUT_WR); }

RawResponse RawClient::receive_head() {
  RawResponse response;
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!fill()) return response;
  }
  const auto end = buffer_.find("\r\n\r\n");
  std::string_view head = std::string_view(buffer_).substr(0, end + 2);
  response.status = std::stoi(std::string(head.substr(9, 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(": ");
    std::string name(line.substr(0, colon));
    for (char& character : name) character = static_cast<char>(std::tolower(character));
    response.headers[name] = line.substr(colon + 2);
    head.remove_prefix(line.size() + 2);
  }
  buffer_.erase(0, end + 4);
  return response;
}

RawResponse RawClient::receive() {
  RawResponse response = receive_head();
  const auto length = response.headers.find("content-length");
  if (length == response.headers.end()) return response;
  const std::size_t size = std::stoul(length->second);
  while (buffer_.size() < size && fill()) {
  }
  response.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return response;
}

std::string RawClient::receive_chunk() {
  std::size_t line_end = 0;
  while ((line_end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  const std::size_t size = std::stoul(buffer_.substr(0, line_end), nullptr, 16);
  while (buffer_.size() < line_end + size + 4) {
    if (!fill()) return {};
  }
  std::string piece = buffer_.substr(line_end + 2, size);
  buffer_.erase(0, line_end + size + 4);
  return piece;
}

std::string RawClient::receive_until_close() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawClient::receive_some(std::size_t limit) {
  if (buffer_.empty() && !fill()) return {};
  std::string part = buffer_.substr(0, limit);
  buffer_.erase(0, part.size());
  return part;
}

RawResponse RawClient::exchange(std::string_view bytes) {
  send(bytes);
  return receive();
}

bool RawClient::closed_by_server() {
  if (!buffer_.empty()) return false;
  char byte = 0;
  const auto size = ::recv(socket_, &byte, 1, 0);
  return size == 0 || (size < 0 && errno == ECONNRESET);
}

bool RawClient::fill() {
  std::array<char, 65536> bytes;
  const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (size <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

}  // namespace streamkit::http
