#include "capture/capture_problems.hpp"

#include <string_view>

namespace streamkit::capture_tool {
namespace {

std::string_view code_of(client::PublisherProblem problem) {
  switch (problem) {
    case client::PublisherProblem::ServerUnreachable:
      return "server_unreachable";
    case client::PublisherProblem::SlowLink:
      return "slow_link";
    case client::PublisherProblem::BufferFilling:
      return "buffer_filling";
    case client::PublisherProblem::CredentialsExpiring:
      return "credentials_expiring";
  }
  return "upload_failing";
}

}  // namespace

std::vector<CaptureProblem> upload_problems(const client::PublisherStatus& status) {
  std::vector<CaptureProblem> problems;
  for (const client::PublisherWarning& warning : status.warnings) {
    problems.push_back({std::string(code_of(warning.problem)), warning.message});
  }
  const bool failing = status.state == client::PublisherState::Reconnecting;
  if (failing && problems.empty() && status.uploads.last_error) {
    problems.push_back({"upload_failing", "uploading fails and is tried again: " +
                                              status.uploads.last_error->message +
                                              ". The stream is kept and sent later"});
  }
  return problems;
}

CaptureProblem failure_problem(const Error& error, bool resumable) {
  std::string message = error.message;
  if (resumable) {
    message += ". What is not uploaded yet is on disk: `streamkit-capture resume` sends it";
  }
  return {"failed", std::move(message)};
}

CaptureProblem start_problem(const Error& error) {
  const bool answered = error.domain == "http";
  const bool of_server = answered || error.domain == "curl";
  const bool of_portal = error.domain == "dbus" || error.domain == "pipewire";
  const auto code = [&]() -> std::string_view {
    switch (error.code) {
      case ErrorCode::Unavailable:
      case ErrorCode::Timeout:
        return of_server ? "server_unreachable" : "source_unavailable";
      case ErrorCode::PermissionDenied:
        return answered ? "server_rejects" : "permission_denied";
      case ErrorCode::Unsupported:
        return of_portal ? "source_unavailable" : "encoder_missing";
      case ErrorCode::NotFound:
        return "source_not_found";
      case ErrorCode::InvalidArgument:
        return "wrong_choice";
      default:
        return "failed";
    }
  }();
  return {std::string(code), error.message};
}

}  // namespace streamkit::capture_tool
