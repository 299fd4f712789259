#pragma once

#include <functional>

#include <streamkit/http/handler.hpp>
#include "http/requests.hpp"

namespace streamkit::http {

/// Runs the functions of the test. Set them before the server starts.
class ScriptedHandler final : public Handler {
 public:
  AdmissionResult admit(const RequestHead& head) override {
    auto admitted = admission(head);
    auto* accepted = std::get_if<Admission>(&admitted);
    if (accepted != nullptr && !accepted->exchange) {
      accepted->exchange = std::make_unique<ScriptedExchange>(*this, head);
    }
    return admitted;
  }
  Response error(const RequestHead&, int status, std::string_view message) const override {
    return text_response(status, "text/plain", std::string(message));
  }

  /// An admission without an exchange gets one that collects the body for `script`.
  std::function<AdmissionResult(const RequestHead&)> admission = [](const RequestHead&) {
    return Admission{.max_body_bytes = 1000};
  };
  /// By default what was asked.
  std::function<Reply(const WholeRequest&)> script = [](const WholeRequest& request) {
    return text_response(
        200, "text/plain",
        request.method + " " + request.path + " " + request.query + " " + request.body);
  };

  /// Called with the size of each part of a body that has arrived.
  std::function<void(std::size_t)> on_body;

 private:
  class ScriptedExchange final : public Exchange {
   public:
    ScriptedExchange(const ScriptedHandler& handler, const RequestHead& head)
        : handler_(handler), request_{head, {}} {}
    std::optional<Response> on_body(std::span<const std::uint8_t> bytes) override {
      request_.body.append(bytes.begin(), bytes.end());
      if (handler_.on_body) handler_.on_body(bytes.size());
      return {};
    }
    std::uint64_t held_bytes() const noexcept override { return request_.body.size(); }
    Reply respond() override { return handler_.script(request_); }

   private:
    const ScriptedHandler& handler_;
    WholeRequest request_;
  };
};

}  // namespace streamkit::http
