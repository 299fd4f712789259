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
      accepted->exchange = std::make_unique<ScriptedExchange>(script, head);
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

 private:
  class ScriptedExchange final : public Exchange {
   public:
    ScriptedExchange(const std::function<Reply(const WholeRequest&)>& script,
                     const RequestHead& head)
        : script_(script), request_{head, {}} {}
    std::optional<Response> on_body(std::span<const std::uint8_t> bytes) override {
      request_.body.append(bytes.begin(), bytes.end());
      return {};
    }
    Reply respond() override { return script_(request_); }

   private:
    const std::function<Reply(const WholeRequest&)>& script_;
    WholeRequest request_;
  };
};

}  // namespace streamkit::http
