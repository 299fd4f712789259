#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// Postpones the response: respond() is called again after `delay`, or when `topic` is woken (see
/// Server::wake()). It needs a timer but no thread.
struct STREAMKIT_API AskAgain {
  std::chrono::milliseconds delay;
  std::string topic = {};
};

/// The result of a request whose body is complete. Do not rely on the number of alternatives: a
/// WebSocketAccept, which takes over the connection, is planned as a further one.
using Reply = std::variant<Response, AskAgain>;

/// One admitted request, from its head to its response. It is destroyed when it has responded,
/// before the response is sent, or when the client has disconnected. The head that it was admitted
/// with stays valid and unchanged until then, but not in the destructor.
/// Thread-safety: one thread at a time, not always the same one.
class STREAMKIT_API Exchange {
 public:
  virtual ~Exchange() = default;
  /// Takes the next bytes of the body. A response ends the request: the rest of the body is not
  /// read.
  virtual std::optional<Response> on_body(std::span<const std::uint8_t> bytes) = 0;
  /// Returns the number of bytes of the body that this object keeps in memory, for
  /// ServerOptions::max_body_bytes_in_flight. Called after each on_body(). An exchange that stores
  /// its body as it comes keeps the default.
  [[nodiscard]] virtual std::uint64_t held_bytes() const noexcept { return 0; }
  /// Called when the body is complete, and again after AskAgain. The response must not refer to
  /// this object.
  virtual Reply respond() = 0;
};

/// An admitted request.
struct STREAMKIT_API Admission {
  std::unique_ptr<Exchange> exchange = {};
  /// A larger body is rejected with 413.
  std::uint64_t max_body_bytes = 0;
  /// True when on_body(), respond() and the destructor may block, for example on a disk: they then
  /// run on threads for blocking work.
  bool blocking = false;
  /// The name of the sender, such as a session, whose bodies in progress are limited together. See
  /// ServerOptions::max_bodies_per_sender. Empty: no such limit.
  std::string sender = {};
};

using AdmissionResult = std::variant<Admission, Response>;

/// Handles the requests of a Server.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API Handler {
 public:
  virtual ~Handler() = default;
  /// Admits a request by its head, before its body is read, or responds to it. A response to a
  /// request with a body closes the connection. Must not block for longer than a database read
  /// takes.
  [[nodiscard]] virtual AdmissionResult admit(const RequestHead& head) = 0;
  /// Returns the response to an error that the server itself reports: 400, 408, 413, 429, 431, 500
  /// or 503. If the head cannot be parsed, `head` contains the part that was read.
  [[nodiscard]] virtual Response error(const RequestHead& head, int status,
                                       std::string_view message) const = 0;
};

/// The largest body of a request whose body is ignored.
inline constexpr std::uint64_t kMaxIgnoredBodyBytes = 64 * 1024;

/// An Exchange that ignores the body. `Respond` is callable as Reply().
template <typename Respond>
class STREAMKIT_API HeadExchange final : public Exchange {
 public:
  explicit HeadExchange(Respond respond) : respond_(std::move(respond)) {}
  std::optional<Response> on_body(std::span<const std::uint8_t>) override { return {}; }
  Reply respond() override { return respond_(); }

 private:
  Respond respond_;
};

/// An Exchange that collects a small body. `Respond` is callable as Reply(std::string_view body).
template <typename Respond>
class STREAMKIT_API BodyExchange final : public Exchange {
 public:
  explicit BodyExchange(Respond respond) : respond_(std::move(respond)) {}
  std::optional<Response> on_body(std::span<const std::uint8_t> bytes) override {
    body_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::uint64_t held_bytes() const noexcept override { return body_.capacity(); }
  Reply respond() override { return respond_(std::string_view(body_)); }

 private:
  Respond respond_;
  std::string body_;
};

/// Responds to a request that needs no body. If no body follows and the first call of `respond`
/// returns a response, it responds immediately, without an Exchange; otherwise when the body, which
/// is ignored, is complete. `respond` is callable as Reply() and may refer to `head`; it is called
/// again after AskAgain.
template <typename Respond>
[[nodiscard]] AdmissionResult respond_to_head(const RequestHead& head, Respond respond) {
  if (!head.has_body) {
    Reply reply = respond();
    if (auto* response = std::get_if<Response>(&reply)) return std::move(*response);
  }
  return Admission{std::make_unique<HeadExchange<Respond>>(std::move(respond)),
                   kMaxIgnoredBodyBytes};
}

/// Responds to a request when its body is collected. `respond` is callable as
/// Reply(std::string_view body) and may refer to the head that was admitted.
template <typename Respond>
[[nodiscard]] Admission respond_to_body(std::uint64_t max_body_bytes, Respond respond) {
  return {std::make_unique<BodyExchange<Respond>>(std::move(respond)), max_body_bytes};
}

}  // namespace streamkit::http
