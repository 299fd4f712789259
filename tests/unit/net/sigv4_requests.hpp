#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/sigv4_verify.hpp>

// Requests that verify() accepts, for tests that change them.
namespace streamkit::net {

inline const Credentials kCredentials{
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "the session token"};
inline const SigningScope kScope{"us-east-1"};
inline const WallTime kNow = *parse_iso8601_basic("20130524T000000Z");

inline Result<Credentials> lookup(std::string_view access_key_id) {
  if (access_key_id == kCredentials.access_key_id) return kCredentials;
  return Error{ErrorCode::NotFound, "no such key"};
}

inline SignableRequest put_request() {
  return {"PUT",
          "localhost:8000",
          "/bucket/stream_input/s/chunk_00000.mp4",
          "x=1",
          {{"Content-Type", "video/mp4"}}};
}

inline SignableRequest signed_request(const Credentials& credentials = kCredentials,
                                      const SigningScope& scope = kScope, WallTime when = kNow,
                                      std::string_view payload_hash = sha256_hex("body")) {
  SignableRequest request = put_request();
  const auto added = sign_headers(request, credentials, scope, payload_hash, when);
  request.headers.insert(request.headers.end(), added->begin(), added->end());
  return request;
}

inline SignableRequest presigned_request(const Credentials& credentials = kCredentials,
                                         WallTime when = kNow) {
  SignableRequest request = put_request();
  request.query = *presign(request, credentials, kScope, when, std::chrono::minutes(10));
  return request;
}

inline std::string& header_of(SignableRequest& request, std::string_view name) {
  for (HttpHeader& header : request.headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return request.headers.emplace_back(HttpHeader{std::string(name), ""}).value;
}

inline void replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

// What verify() refuses; empty when it accepts.
inline std::optional<SigV4Failure> failure_of(const SignableRequest& request, WallTime now = kNow,
                                              std::string_view body_sha256 = {}) {
  const auto verified = verify(request, kScope, lookup, now, body_sha256);
  return verified ? std::nullopt : sigv4_failure(verified.error());
}

}  // namespace streamkit::net
