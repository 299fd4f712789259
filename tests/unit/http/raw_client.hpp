#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace streamkit::http {

struct RawResponse {
  /// 0: the connection was closed before a whole head.
  int status = 0;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

/// A client that sends exactly the bytes that it is told to. Gives up after 20 seconds of silence.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  void send(std::string_view bytes);
  void finish_sending();
  RawResponse receive();
  /// The head alone, for HEAD.
  RawResponse receive_head();
  /// One piece of a chunked body, after receive_head(); empty for the last one.
  std::string receive_chunk();
  std::string receive_until_close();
  /// The next bytes, at most `limit`; empty when the server has closed the connection.
  std::string receive_some(std::size_t limit);
  RawResponse exchange(std::string_view bytes);
  /// Blocks until the server closes the connection. False when it does not, or sends something.
  bool closed_by_server();

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace streamkit::http
