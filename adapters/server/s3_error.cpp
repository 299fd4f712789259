#include "server/s3_error.hpp"

#include <streamkit/net/sigv4.hpp>

#include "server/random_text.hpp"
#include "server/s3_api.hpp"

namespace streamkit::server {
namespace {

constexpr std::size_t kRequestIdLength = 16;

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

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char character : text) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default: {
        const auto code = static_cast<unsigned char>(character);
        out += code < 0x20 || code >= 0x7F ? '?' : character;
      }
    }
  }
  return out;
}

}  // namespace

S3ErrorCode to_s3_error(const Error& error) noexcept {
  if (const auto failure = net::sigv4_failure(error)) return of_signature(*failure);
  switch (error.code) {
    case ErrorCode::CredentialsExpired:
      return {400, "ExpiredToken"};
    case ErrorCode::ResourceExhausted:
      return {507, "InsufficientStorage"};
    case ErrorCode::PermissionDenied:
    case ErrorCode::NotFound:
      return {403, "AccessDenied"};
    default:
      return {503, "ServiceUnavailable"};
  }
}

Response s3_error(const Request& request, int status, std::string_view code,
                  std::string_view message) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>";
  xml += escape_xml(code) + "</Code><Message>" + escape_xml(message) + "</Message><Resource>" +
         escape_xml(request.path) + "</Resource>";
  auto id = random_text(kRequestIdLength);
  if (id) xml += "<RequestId>" + *id + "</RequestId>";
  auto response = text_response(status, "application/xml", xml + "</Error>\n");
  if (id) response.headers.push_back({"x-amz-request-id", *std::move(id)});
  return response;
}

}  // namespace streamkit::server
