#include "s3/error.hpp"

#include <array>
#include <streamkit/net/sigv4_verify.hpp>

#include <streamkit/net/random_text.hpp>
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kDomain = "s3";
constexpr std::size_t kRequestIdLength = 16;
constexpr std::string_view kRequestId = "x-amz-request-id";

// In the order of Code.
constexpr std::array kCodes = {
    ErrorRow{403, "AccessDenied"},
    ErrorRow{400, "BadDigest"},
    ErrorRow{409, "BucketAlreadyOwnedByYou"},
    ErrorRow{400, "EntityTooLarge"},
    ErrorRow{400, "EntityTooSmall"},
    ErrorRow{400, "ExpiredToken"},
    ErrorRow{400, "IncompleteBody"},
    ErrorRow{507, "InsufficientStorage"},
    ErrorRow{500, "InternalError"},
    ErrorRow{400, "InvalidArgument"},
    ErrorRow{400, "InvalidDigest"},
    ErrorRow{400, "InvalidPart"},
    ErrorRow{400, "InvalidPartOrder"},
    ErrorRow{416, "InvalidRange"},
    ErrorRow{400, "InvalidRequest"},
    ErrorRow{400, "InvalidURI"},
    ErrorRow{400, "KeyTooLongError"},
    ErrorRow{400, "MalformedXML"},
    ErrorRow{405, "MethodNotAllowed"},
    ErrorRow{411, "MissingContentLength"},
    ErrorRow{404, "NoSuchBucket"},
    ErrorRow{404, "NoSuchKey"},
    ErrorRow{404, "NoSuchUpload"},
    ErrorRow{501, "NotImplemented"},
    ErrorRow{412, "PreconditionFailed"},
    ErrorRow{403, "QuotaExceeded"},
    ErrorRow{503, "ServiceUnavailable"},
    ErrorRow{503, "SlowDown"},
    ErrorRow{400, "XAmzContentSHA256Mismatch"},
};
static_assert(kCodes.size() == static_cast<std::size_t>(Code::XAmzContentSha256Mismatch));

ErrorRow of_signature(net::SigV4Failure failure) noexcept {
  switch (failure) {
    case net::SigV4Failure::MalformedAuthorization:
      return {400, "AuthorizationHeaderMalformed"};
    case net::SigV4Failure::UnsupportedAlgorithm:
    case net::SigV4Failure::InvalidPayloadHash:
      return {400, "InvalidRequest"};
    case net::SigV4Failure::UnsupportedPayload:
      return {501, "NotImplemented"};
    case net::SigV4Failure::UnknownAccessKey:
      return {403, "InvalidAccessKeyId"};
    case net::SigV4Failure::InvalidToken:
      return {400, "InvalidToken"};
    case net::SigV4Failure::RequestTimeTooSkewed:
      return {403, "RequestTimeTooSkewed"};
    case net::SigV4Failure::InvalidExpires:
      return {400, "AuthorizationQueryParametersError"};
    case net::SigV4Failure::SignatureMismatch:
      return {403, "SignatureDoesNotMatch"};
    case net::SigV4Failure::PayloadMismatch:
      return {400, "XAmzContentSHA256Mismatch"};
    case net::SigV4Failure::MissingAuthentication:
    case net::SigV4Failure::ScopeMismatch:
    case net::SigV4Failure::UnsignedHeader:
    case net::SigV4Failure::NotYetValid:
    case net::SigV4Failure::Expired:
      break;
  }
  return {403, "AccessDenied"};
}

ErrorCode error_code_of(Code code) noexcept {
  switch (code) {
    case Code::AccessDenied:
      return ErrorCode::PermissionDenied;
    case Code::ExpiredToken:
      return ErrorCode::CredentialsExpired;
    case Code::NoSuchBucket:
    case Code::NoSuchKey:
    case Code::NoSuchUpload:
      return ErrorCode::NotFound;
    case Code::NotImplemented:
      return ErrorCode::Unsupported;
    case Code::BadDigest:
    case Code::IncompleteBody:
    case Code::XAmzContentSha256Mismatch:
      return ErrorCode::CorruptData;
    case Code::SlowDown:
      return ErrorCode::RateLimited;
    case Code::ServiceUnavailable:
      return ErrorCode::Unavailable;
    case Code::InsufficientStorage:
    case Code::QuotaExceeded:
      return ErrorCode::ResourceExhausted;
    default:
      return ErrorCode::InvalidArgument;
  }
}

}  // namespace

Error rejection(Code code, std::string_view message) {
  return {error_code_of(code), std::string(message), std::string(kDomain), static_cast<int>(code)};
}

Error put_error(const Error& failure) {
  if (failure.code == ErrorCode::RateLimited) {
    return rejection(Code::SlowDown, "the store takes no objects for now, try again later");
  }
  if (failure.code != ErrorCode::InvalidArgument) return failure.with_context("store object");
  return rejection(Code::InvalidArgument, "the store cannot hold an object of this key");
}

Error application_error(const Error& failure) {
  if (!failure.domain.empty()) return failure;
  switch (failure.code) {
    case ErrorCode::PermissionDenied:
      return rejection(Code::AccessDenied, failure.message);
    case ErrorCode::RateLimited:
      return rejection(Code::SlowDown, failure.message);
    case ErrorCode::CredentialsExpired:
      return rejection(Code::ExpiredToken, failure.message);
    case ErrorCode::ResourceExhausted:
      return rejection(Code::QuotaExceeded, failure.message);
    default:
      return failure;
  }
}

std::optional<Code> code_of(const Error& error) noexcept {
  if (error.domain != kDomain) return {};
  return static_cast<Code>(error.native_code);
}

ErrorRow error_row(const Error& error) noexcept {
  if (const auto code = code_of(error)) return kCodes[static_cast<std::size_t>(*code) - 1];
  if (const auto failure = net::sigv4_failure(error)) return of_signature(*failure);
  if (error.code == ErrorCode::ResourceExhausted) return {507, "InsufficientStorage"};
  if (error.code == ErrorCode::RateLimited) return {503, "SlowDown"};
  return {503, "ServiceUnavailable"};
}

bool is_for_client(const Error& error) noexcept {
  return code_of(error).has_value() || net::sigv4_failure(error).has_value();
}

http::Response error_response(const http::RequestHead& request, int status, std::string_view code,
                              std::string_view message) {
  XmlWriter xml;
  xml.open("Error");
  xml.text("Code", code);
  xml.text("Message", message);
  xml.text("Resource", request.path);
  http::Response response;
  add_request_id(response);
  if (!response.headers.empty()) xml.text("RequestId", response.headers.front().value);
  xml.close("Error");
  auto document = http::text_response(status, "application/xml", std::move(xml).take());
  document.headers.insert(document.headers.end(), response.headers.begin(), response.headers.end());
  return document;
}

http::Response error_response(const http::RequestHead& request, int http_status,
                              std::string_view message) {
  struct Row {
    int http_status;
    ErrorRow error;
  };
  constexpr std::array kRows = {
      Row{408, {400, "RequestTimeout"}}, Row{413, {400, "EntityTooLarge"}},
      Row{429, {503, "SlowDown"}},       Row{431, {400, "RequestHeaderSectionTooLarge"}},
      Row{500, {500, "InternalError"}},  Row{503, {503, "ServiceUnavailable"}}};
  for (const auto& [status, error] : kRows) {
    if (status == http_status) return error_response(request, error.status, error.code, message);
  }
  return error_response(request, 400, "InvalidRequest", message);
}

http::Response error_response(const http::RequestHead& request, const Error& error) {
  const auto row = error_row(error);
  return error_response(request, row.status, row.code,
                        is_for_client(error) ? error.message : "the store failed, try again");
}

void add_request_id(http::Response& response) {
  if (net::find_header(response.headers, kRequestId)) return;
  if (auto id = net::random_text(kRequestIdLength)) {
    response.headers.push_back({std::string(kRequestId), *std::move(id)});
  }
}

}  // namespace streamkit::s3
