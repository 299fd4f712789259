#include "s3/error.hpp"

#include <array>
#include <streamkit/net/sigv4.hpp>

#include <streamkit/net/random_text.hpp>
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kDomain = "s3";
constexpr std::size_t kRequestIdLength = 16;
constexpr std::string_view kRequestId = "x-amz-request-id";

// In the order of S3Code.
constexpr std::array kCodes = {
    S3ErrorCode{403, "AccessDenied"},
    S3ErrorCode{400, "BadDigest"},
    S3ErrorCode{409, "BucketAlreadyOwnedByYou"},
    S3ErrorCode{400, "EntityTooLarge"},
    S3ErrorCode{400, "EntityTooSmall"},
    S3ErrorCode{400, "ExpiredToken"},
    S3ErrorCode{400, "IncompleteBody"},
    S3ErrorCode{507, "InsufficientStorage"},
    S3ErrorCode{500, "InternalError"},
    S3ErrorCode{400, "InvalidArgument"},
    S3ErrorCode{400, "InvalidDigest"},
    S3ErrorCode{400, "InvalidPart"},
    S3ErrorCode{400, "InvalidPartOrder"},
    S3ErrorCode{416, "InvalidRange"},
    S3ErrorCode{400, "InvalidRequest"},
    S3ErrorCode{400, "InvalidURI"},
    S3ErrorCode{400, "KeyTooLongError"},
    S3ErrorCode{400, "MalformedXML"},
    S3ErrorCode{405, "MethodNotAllowed"},
    S3ErrorCode{411, "MissingContentLength"},
    S3ErrorCode{404, "NoSuchBucket"},
    S3ErrorCode{404, "NoSuchKey"},
    S3ErrorCode{404, "NoSuchUpload"},
    S3ErrorCode{501, "NotImplemented"},
    S3ErrorCode{412, "PreconditionFailed"},
    S3ErrorCode{503, "ServiceUnavailable"},
    S3ErrorCode{503, "SlowDown"},
    S3ErrorCode{400, "XAmzContentSHA256Mismatch"},
};
static_assert(kCodes.size() == static_cast<std::size_t>(S3Code::XAmzContentSha256Mismatch));

S3ErrorCode of_signature(net::SigV4Failure failure) noexcept {
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

ErrorCode error_code_of(S3Code code) noexcept {
  switch (code) {
    case S3Code::AccessDenied:
      return ErrorCode::PermissionDenied;
    case S3Code::ExpiredToken:
      return ErrorCode::CredentialsExpired;
    case S3Code::NoSuchBucket:
    case S3Code::NoSuchKey:
    case S3Code::NoSuchUpload:
      return ErrorCode::NotFound;
    case S3Code::NotImplemented:
      return ErrorCode::Unsupported;
    case S3Code::BadDigest:
    case S3Code::IncompleteBody:
    case S3Code::XAmzContentSha256Mismatch:
      return ErrorCode::CorruptData;
    case S3Code::SlowDown:
      return ErrorCode::RateLimited;
    case S3Code::ServiceUnavailable:
      return ErrorCode::Unavailable;
    case S3Code::InsufficientStorage:
      return ErrorCode::ResourceExhausted;
    default:
      return ErrorCode::InvalidArgument;
  }
}

}  // namespace

Error s3_refusal(S3Code code, std::string_view message) {
  return {error_code_of(code), std::string(message), std::string(kDomain), static_cast<int>(code)};
}

Error of_put(const Error& failure) {
  if (failure.code != ErrorCode::InvalidArgument) return failure.with_context("store object");
  return s3_refusal(S3Code::InvalidArgument, "the store cannot hold an object of this key");
}

std::optional<S3Code> s3_code(const Error& error) noexcept {
  if (error.domain != kDomain) return {};
  return static_cast<S3Code>(error.native_code);
}

S3ErrorCode to_s3_error(const Error& error) noexcept {
  if (const auto code = s3_code(error)) return kCodes[static_cast<std::size_t>(*code) - 1];
  if (const auto failure = net::sigv4_failure(error)) return of_signature(*failure);
  if (error.code == ErrorCode::ResourceExhausted) return {507, "InsufficientStorage"};
  return {503, "ServiceUnavailable"};
}

bool is_for_client(const Error& error) noexcept {
  return s3_code(error).has_value() || net::sigv4_failure(error).has_value();
}

http::Response s3_error(const http::Request& request, int status, std::string_view code,
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

http::Response s3_error(const http::Request& request, const Error& error) {
  const auto row = to_s3_error(error);
  return s3_error(request, row.status, row.code,
                  is_for_client(error) ? error.message : "the store failed, try again");
}

void add_request_id(http::Response& response) {
  if (net::find_header(response.headers, kRequestId)) return;
  if (auto id = net::random_text(kRequestIdLength)) {
    response.headers.push_back({std::string(kRequestId), *std::move(id)});
  }
}

}  // namespace streamkit::s3
