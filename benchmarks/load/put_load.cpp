#include "load/put_load.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <streamkit/client/curl_global.hpp>
#include <streamkit/client/session_client.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/store/chunk_key.hpp>
#include <thread>
#include <vector>

#include "load/answer_head.hpp"
#include "load/socket.hpp"

namespace streamkit::load {
namespace {

std::string body_of(std::size_t bytes) {
  std::string body(bytes, '\0');
  std::uint32_t state = 1;
  for (char& byte : body) {
    state = state * 1'664'525 + 1'013'904'223;
    byte = static_cast<char>(state >> 24);
  }
  return body;
}

Result<std::string> signed_head(const client::CreatedSession& session, const net::Url& endpoint,
                                std::uint64_t index, const std::string& payload_hash,
                                std::size_t body_bytes) {
  const auto& upload = session.upload;
  net::SignableRequest request{
      .method = "PUT",
      .host = net::host_header(endpoint),
      .path = '/' + upload.bucket + '/' + to_string(StreamInputKey{session.session_id, index}),
      .headers = {{"Content-Type", "video/mp4"}}};
  const auto added = net::sign_headers(request, upload.credentials, {.region = upload.region},
                                       payload_hash, std::chrono::system_clock::now());
  if (!added) return added.error();
  std::string head = "PUT " + request.path + " HTTP/1.1\r\nHost: " + request.host +
                     "\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n";
  request.headers.insert(request.headers.end(), added->begin(), added->end());
  for (const auto& [name, value] : request.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  return head + "\r\n";
}

Result<void> send_all(const Descriptor& socket, std::string_view head, std::string_view body) {
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> pieces = {iovec{const_cast<char*>(head.data()), head.size()},
                                   iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message = {};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const auto sent = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) return socket_error("send");
    const auto of_head = std::min(head.size(), static_cast<std::size_t>(sent));
    head.remove_prefix(of_head);
    body.remove_prefix(static_cast<std::size_t>(sent) - of_head);
  }
  return {};
}

Result<void> expect_ok(const Descriptor& socket) {
  std::string received;
  std::array<char, 4096> piece;
  for (;;) {
    const auto head = parse_answer_head(received);
    if (!head) return head.error();
    if (*head && (*head)->status != 200) {
      return Error{ErrorCode::CorruptData, "PUT: " + received.substr(0, 1000)};
    }
    if (*head && received.size() == (*head)->head_bytes + (*head)->body_bytes) return {};
    const auto got = ::recv(socket.get(), piece.data(), piece.size(), 0);
    if (got <= 0) return socket_error("no answer to a PUT");
    received.append(piece.data(), static_cast<std::size_t>(got));
  }
}

class Puts {
 public:
  Puts(const sockaddr_in& server, std::vector<std::string> heads, std::string body)
      : server_(server), heads_(std::move(heads)), body_(std::move(body)) {}

  Result<Throughput> run(std::size_t connections) {
    const auto began = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < connections; ++i) threads.emplace_back([this] { put_some(); });
    }
    if (failure_) return *failure_;
    return Throughput{heads_.size() * body_.size(), std::chrono::steady_clock::now() - began};
  }

 private:
  void put_some() {
    auto socket = connect_to(server_);
    if (!socket) return fail(socket.error());
    for (std::size_t i = next_++; i < heads_.size() && !failed_; i = next_++) {
      auto done = send_all(*socket, heads_[i], body_);
      if (done) done = expect_ok(*socket);
      if (!done) return fail(done.error());
    }
  }

  void fail(const Error& error) {
    failed_ = true;
    std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
  }

  const sockaddr_in server_;
  const std::vector<std::string> heads_;
  const std::string body_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  // Guarded by mutex_
  std::optional<Error> failure_;
};

}  // namespace

Result<Throughput> run_puts(const PutLoadOptions& config) {
  const auto endpoint = net::parse_url(config.endpoint);
  if (!endpoint) return endpoint.error();
  const auto server = address_of(*endpoint);
  if (!server) return server.error();
  const auto curl = client::CurlGlobal::create();
  if (!curl) return curl.error();
  client::HttpClient http;
  auto client = client::SessionClient::create(http, config.endpoint, config.api_key);
  if (!client) return client.error();
  const auto session = client->create_session(StereoMode::FullSbs, from_seconds(5), {});
  if (!session) return session.error();

  std::string body = body_of(config.object_bytes);
  const std::string hash = net::sha256_hex(body);
  std::vector<std::string> heads;
  for (std::size_t i = 0; i < config.objects; ++i) {
    auto head = signed_head(*session, *endpoint, i, hash, body.size());
    if (!head) return head.error();
    heads.push_back(*std::move(head));
  }
  return Puts(*server, std::move(heads), std::move(body)).run(config.connections);
}

}  // namespace streamkit::load
