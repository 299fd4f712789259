#pragma once

#include <functional>

#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// Does as the test says. Set the functions before the server starts.
class ScriptedHandler final : public RequestHandler {
 public:
  std::variant<Admission, Response> admit(const Request& head) override { return admission(head); }
  Response refuse(const Request&, int status, std::string_view message) const override {
    return error_response(status, "refused", message);
  }
  Reply handle(const Request& request) override { return script(request); }

  std::function<std::variant<Admission, Response>(const Request&)> admission = [](const Request&) {
    return Admission{.body_limit_bytes = 1000};
  };
  /// By default what was asked.
  std::function<Reply(const Request&)> script = [](const Request& request) {
    return text_response(
        200, "text/plain",
        request.method + " " + request.path + " " + request.query + " " + request.body);
  };
};

}  // namespace streamkit::http
