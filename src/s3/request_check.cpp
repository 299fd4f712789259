#include "s3/request_check.hpp"

#include <array>
#include <charconv>
#include <streamkit/store/object_store.hpp>

#include "s3/error.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

Error denied(std::string_view reason) { return rejection(Code::AccessDenied, reason); }

Error not_implemented(std::string_view reason) { return rejection(Code::NotImplemented, reason); }

// Rejects requests that ask for more than storing the body: a client would not notice if that were
// omitted.
Result<void> check_extras(const http::RequestHead& head, const Address& address) {
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

net::SignableRequest signable(const http::RequestHead& request) {
  return {.method = request.method,
          .host = std::string(request.header("Host")),
          .path = request.path,
          .query = request.query,
          .headers = request.headers};
}

// Returns 0 for a length that is missing or invalid; UploadBody rejects it.
std::uint64_t announced_bytes(const http::RequestHead& head, const net::VerifiedRequest& verified) {
  const auto text = head.header(
      net::is_streaming(verified.payload_hash) ? "x-amz-decoded-content-length" : "Content-Length");
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size() ? value : 0;
}

bool reads(Operation operation) noexcept {
  return operation == Operation::GetObject || operation == Operation::HeadObject;
}

Result<void> check_key(const Address& address) {
  if (address.key.empty()) return {};
  const bool internal = is_internal_key(address.key);
  const auto valid = check_object_key(address.key);
  if (reads(address.operation) && (internal || !valid)) {
    return rejection(Code::NoSuchKey, "there is no such object");
  }
  if (internal) return denied("this name is reserved for the server");
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

bool RequestCheck::claims(const http::RequestHead& request) const noexcept {
  return is_path_style(request.path, options_.bucket) ||
         request.header("Authorization").starts_with("AWS4-") ||
         request.has_query("X-Amz-Signature") || request.has_query("X-Amz-Algorithm") ||
         (is_host_style(request, options_.bucket) &&
          !(options_.reserved_path && options_.reserved_path(request.path)));
}

Result<std::shared_ptr<UploadBody>> RequestCheck::admit(const http::RequestHead& head) const {
  const auto address = read_address(head, options_.bucket);
  if (!address && code_of(address.error()) == Code::InvalidUri) return address.error();
  const auto caller = authenticate(head);
  if (!caller) return caller.error();
  auto admitted = authorize(head, address, *caller);
  if (!admitted) return admitted.error();
  return UploadBody::create(head, *std::move(admitted), caller->verified,
                            {objects_, options_.max_object_bytes, context_});
}

Result<RequestCheck::Caller> RequestCheck::authenticate(const http::RequestHead& head) const {
  Caller caller;
  const auto lookup = [&](std::string_view access_key_id) -> Result<net::Credentials> {
    auto found = authorizer_.find_key(access_key_id);
    if (!found) return found.error();
    caller.key = *std::move(found);
    return caller.key.credentials;
  };
  const auto now = context_.clock_or_system().system_now();
  auto verified = net::verify(signable(head), {.region = options_.region}, lookup, now);
  if (!verified) return verified.error();
  if (caller.key.expires_at && *caller.key.expires_at <= now) {
    return rejection(Code::ExpiredToken, "the credentials have expired, renew them");
  }
  caller.verified = *std::move(verified);
  return caller;
}

// Permission is checked first, so that a caller without it does not learn whether the call would be
// possible.
Result<AdmittedRequest> RequestCheck::authorize(const http::RequestHead& head,
                                                const Result<Address>& address,
                                                const Caller& caller) const {
  if (!address && code_of(address.error()) == Code::KeyTooLongError) return address.error();
  Access access;
  if (address) access = {address->operation, address->bucket, address->key};
  access.body_bytes = announced_bytes(head, caller.verified);
  if (address && is_upload(address->operation) &&
      !amz_value(head, *address, "x-amz-copy-source").empty()) {
    access.operation = Operation::CopyObject;
  }
  auto grant = authorizer_.authorize(caller.key, access);
  if (!grant) return application_error(grant.error());
  if (!address) return address.error();
  if (address->operation != Operation::ListBuckets && address->bucket != options_.bucket) {
    return rejection(Code::NoSuchBucket, "there is no such bucket");
  }
  if (auto checked = check_key(*address); !checked) return checked.error();
  if (auto checked = check_extras(head, *address); !checked) return checked.error();
  return AdmittedRequest{*address, caller.key.principal, *std::move(grant)};
}

}  // namespace streamkit::s3
