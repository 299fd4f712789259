#include "s3/request_check.hpp"

#include <array>
#include <streamkit/store/object_store.hpp>

#include "s3/error.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

Error denied(std::string_view reason) { return rejection(Code::AccessDenied, reason); }

Error not_implemented(std::string_view reason) { return rejection(Code::NotImplemented, reason); }

// Asks for more than storing the body: leaving it out silently would be worse than refusing.
Result<void> check_extras(const http::Request& head, const Address& address) {
  constexpr std::array kRefused = {"x-amz-copy-source",
                                   "x-amz-server-side-encryption",
                                   "x-amz-tagging",
                                   "x-amz-server-side-encryption-customer-algorithm",
                                   "x-amz-object-lock-mode",
                                   "x-amz-website-redirect-location",
                                   "x-amz-object-lock-legal-hold",
                                   "x-amz-write-offset-bytes"};
  if (!is_upload(address.operation)) return {};
  for (const auto* name : kRefused) {
    if (!amz_value(head, address, name).empty()) {
      return not_implemented(std::string(name) + " is not available here");
    }
  }
  for (const auto* name : {"If-Match", "If-None-Match"}) {
    if (!head.header(name).empty()) return not_implemented("conditional uploads are not available");
  }
  const auto hash = address.parameter("X-Amz-Content-Sha256");
  if (!hash.empty() && hash != net::kUnsignedPayload) {
    return not_implemented("x-amz-content-sha256 must be a header");
  }
  return {};
}

net::SignableRequest signable(const http::Request& request) {
  return {.method = request.method,
          .host = std::string(request.header("Host")),
          .path = request.path,
          .query = request.query,
          .headers = request.headers};
}

bool reads(Operation operation) noexcept {
  return operation == Operation::GetObject || operation == Operation::HeadObject;
}

Result<void> check_operator_key(const Address& address) {
  if (address.key.empty()) return {};
  const bool internal = is_internal_key(address.key);
  const auto valid = check_object_key(address.key);
  if (reads(address.operation) && (internal || !valid)) {
    return rejection(Code::NoSuchKey, "there is no such object");
  }
  if (internal) return denied("objects of this name are the server's own");
  if (!valid) return rejection(Code::InvalidArgument, valid.error().message);
  if (!is_xml_text(address.key)) {
    return rejection(Code::InvalidArgument, "object key is not UTF-8");
  }
  return {};
}

}  // namespace

bool is_internal_key(std::string_view key) noexcept {
  const auto first = key.substr(0, key.find('/'));
  return first == "multipart" || first == ".tmp";
}

bool RequestCheck::is_s3(const http::Request& request) const noexcept {
  return is_path_style(request.path, config_.bucket) ||
         request.header("Authorization").starts_with("AWS4-") ||
         request.has_query("X-Amz-Signature") || request.has_query("X-Amz-Algorithm") ||
         (is_host_style(request, config_.bucket) &&
          !(config_.reserved_path && config_.reserved_path(request.path)));
}

Result<std::shared_ptr<UploadBody>> RequestCheck::admit(const http::Request& head) const {
  const auto address = read_address(head, config_.bucket);
  if (!address && code_of(address.error()) == Code::InvalidUri) return address.error();
  const auto caller = authenticate(head);
  if (!caller) return caller.error();
  auto grant = caller->credentials ? grant_session(head, address, *caller->credentials)
                                   : grant_operator(head, address);
  if (!grant) return grant.error();
  return UploadBody::create(head, *std::move(grant), caller->verified,
                            {objects_, config_.max_object_bytes, context_});
}

Result<RequestCheck::Caller> RequestCheck::authenticate(const http::Request& head) const {
  Caller caller;
  const auto lookup = [&](std::string_view access_key_id) -> Result<net::Credentials> {
    if (config_.operator_key && access_key_id == config_.operator_key->access_key_id) {
      return *config_.operator_key;
    }
    auto found = sessions_.find_credentials(access_key_id);
    if (!found) return found.error();
    caller.credentials = *std::move(found);
    const auto& scoped = *caller.credentials;
    return net::Credentials{scoped.access_key_id, scoped.secret_access_key, scoped.session_token};
  };
  const auto now = context_.clock_or_system().system_now();
  auto verified = net::verify(signable(head), {.region = config_.region}, lookup, now);
  if (!verified) return verified.error();
  if (caller.credentials && caller.credentials->expires_at <= now) {
    return rejection(Code::ExpiredToken, "the credentials have expired, renew them");
  }
  caller.verified = *std::move(verified);
  return caller;
}

Result<S3Grant> RequestCheck::grant_session(const http::Request& head,
                                            const Result<Address>& address,
                                            const ScopedCredentials& credentials) const {
  if (!address) {
    const bool too_long = code_of(address.error()) == Code::KeyTooLongError;
    return too_long ? address.error() : denied("these credentials may only put chunks");
  }
  if (!is_upload(address->operation)) return denied("these credentials may only put chunks");
  auto chunk = parse_chunk_key(address->key);
  const auto* input = chunk ? std::get_if<StreamInputKey>(&*chunk) : nullptr;
  if (address->bucket != config_.bucket || input == nullptr ||
      input->session_id != credentials.session_id) {
    return denied(
        "these credentials cover stream_input/{session_id}/chunk_{index}.mp4 in their own session "
        "and bucket only");
  }
  if (!amz_value(head, *address, "x-amz-copy-source").empty()) {
    return denied("these credentials may not copy");
  }
  if (auto checked = check_extras(head, *address); !checked) return checked.error();
  if (config_.may_call && !config_.may_call(credentials.session_id)) {
    return rejection(Code::SlowDown, "too many requests, slow down");
  }

  const auto session = sessions_.find(credentials.session_id);
  if (!session && session.error().code == ErrorCode::NotFound) {
    return denied("the session is gone");
  }
  if (!session) return session.error().with_context("find session");
  const auto now = context_.clock_or_system().system_now();
  if (session->ended_at && now > *session->ended_at + config_.late_upload_grace) {
    return denied("the session has ended");
  }
  return S3Grant{
      .address = *address, .chunk = *std::move(chunk), .late = session->ended_at.has_value()};
}

Result<S3Grant> RequestCheck::grant_operator(const http::Request& head,
                                             const Result<Address>& address) const {
  if (!address) return address.error();
  if (address->operation != Operation::ListBuckets && address->bucket != config_.bucket) {
    return rejection(Code::NoSuchBucket, "there is no such bucket");
  }
  if (auto checked = check_operator_key(*address); !checked) return checked.error();
  if (auto checked = check_extras(head, *address); !checked) return checked.error();
  S3Grant grant{.address = *address, .by_operator = true};
  if (auto chunk = parse_chunk_key(address->key)) grant.chunk = *std::move(chunk);
  return grant;
}

}  // namespace streamkit::s3
