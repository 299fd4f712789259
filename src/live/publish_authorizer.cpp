#include <streamkit/live/publish_authorizer.hpp>

#include <streamkit/core/text.hpp>
#include <streamkit/live/live_streams.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/store/chunk_key.hpp>

#include "live/stream_key.hpp"

namespace streamkit::live {
namespace {

Error denied(std::string message) { return {ErrorCode::PermissionDenied, std::move(message)}; }

std::string_view reason_label(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::PermissionDenied:
      return "key";
    case ErrorCode::InvalidArgument:
      return "name";
    case ErrorCode::ResourceExhausted:
      return "limit";
    default:
      return "unavailable";
  }
}

}  // namespace

Result<PublishGrant> StreamKeyAuthorizer::authorize(const PublishRequest& request) {
  auto decision = decide(request);
  if (decision) return decision;
  const Error& error = decision.error();
  context_.count("streamkit_publishers_rejected_total", 1, {{"reason", reason_label(error.code)}});
  context_.log(LogLevel::Warning, "publisher rejected",
               {{"reason", to_string(error)},
                {"protocol", request.protocol},
                {"remote_address", request.remote_address}});
  // What failed inside is for the log, not for the publisher.
  if (!error.domain.empty()) {
    return Error{ErrorCode::Unavailable, "the stream store is not available, try again"};
  }
  return decision;
}

Result<PublishGrant> StreamKeyAuthorizer::decide(const PublishRequest& request) {
  if (!request.app.empty() && request.app != options_.app) {
    return denied("publish to the application '" + options_.app + "'");
  }
  auto granted = grant_by_key(request);
  const bool open = options_.open_on_loopback && is_loopback_address(request.remote_address);
  if (granted || granted.error().code != ErrorCode::PermissionDenied || !open) return granted;
  return grant_by_name(request.stream);
}

// A secret beside the stream name must be that of the stream that is named.
Result<PublishGrant> StreamKeyAuthorizer::grant_by_key(const PublishRequest& request) {
  const auto is_named = [&](const LiveStream& stream) {
    return request.stream.empty() || request.stream == stream.id;
  };
  for (const std::string* secret : {&request.stream, &request.key, &request.token}) {
    if (secret->empty()) continue;
    auto stream = streams_.find_by_key(*secret);
    if (!stream && stream.error().code != ErrorCode::NotFound) return stream.error();
    if (stream && (secret == &request.stream || is_named(*stream))) {
      return PublishGrant{std::move(stream->id)};
    }
  }
  return denied("unknown stream key");
}

Result<PublishGrant> StreamKeyAuthorizer::grant_by_name(const std::string& name) {
  if (has_key_form(name)) return denied("unknown stream key");
  if (!is_valid_session_id(name)) {
    return Error{ErrorCode::InvalidArgument,
                 "the stream name must be 1 to 64 characters of A-Z a-z 0-9 _ -"};
  }
  constexpr int kAttempts = 2;  // another publisher may create it in between
  for (int attempt = 1;; ++attempt) {
    const auto stream = streams_.find(name);
    if (stream && stream->revoked_at) {
      return denied("the stream of this name was deleted: choose another name");
    }
    if (stream && !stream->open) return denied("the stream of this name needs its stream key");
    if (stream) return PublishGrant{stream->id};
    if (stream.error().code != ErrorCode::NotFound) return stream.error();
    const auto created = streams_.create_open(name);
    if (created) return PublishGrant{created->id};
    if (created.error().code != ErrorCode::AlreadyExists) return created.error();
    if (attempt == kAttempts) return denied("a session has this name: choose another name");
  }
}

bool is_loopback_address(const std::string& address) {
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = starts_with_ignoring_case(address, kMapped);
  return net::is_loopback({.host = mapped ? address.substr(kMapped.size()) : address}) &&
         address != "localhost";
}

}  // namespace streamkit::live
