#include <streamkit/rtmp/server_session.hpp>

#include <optional>
#include <string>
#include <utility>

#include "rtmp/session_protocol.hpp"

namespace streamkit::rtmp {

class ServerSession::Implementation final : public SessionProtocol {
 public:
  using SessionProtocol::SessionProtocol;
};

ServerSession::ServerSession(ServerSessionOptions options)
    : implementation_(std::make_unique<Implementation>(options)) {}
ServerSession::ServerSession(ServerSession&&) noexcept = default;
ServerSession& ServerSession::operator=(ServerSession&&) noexcept = default;
ServerSession::~ServerSession() = default;

std::vector<Event> ServerSession::receive(std::span<const std::uint8_t> bytes) {
  return implementation_->receive(bytes);
}

Bytes ServerSession::take_output() { return implementation_->take_output(); }

std::vector<Event> ServerSession::accept_publish() { return implementation_->accept_publish(); }

void ServerSession::reject_publish(PublishRejection rejection, std::string_view reason) {
  implementation_->reject_publish(rejection, reason);
}

void ServerSession::close(std::string_view reason) { implementation_->close(reason); }

void ServerSession::ping(std::uint32_t timestamp_ms) { implementation_->ping(timestamp_ms); }

bool ServerSession::closed() const noexcept { return implementation_->closed(); }

SessionStatistics ServerSession::statistics() const { return implementation_->statistics(); }

}  // namespace streamkit::rtmp
