#include "sigv4_failure.hpp"

namespace streamkit::net {
namespace {

constexpr std::string_view kDomain = "sigv4";

ErrorCode code_of(SigV4Failure failure) noexcept {
  switch (failure) {
    case SigV4Failure::MalformedAuthorization:
    case SigV4Failure::InvalidPayloadHash:
    case SigV4Failure::InvalidExpires:
    case SigV4Failure::PayloadMismatch:
      return ErrorCode::InvalidArgument;
    case SigV4Failure::UnsupportedAlgorithm:
    case SigV4Failure::UnsupportedPayload:
      return ErrorCode::Unsupported;
    case SigV4Failure::Expired:
      return ErrorCode::CredentialsExpired;
    default:
      return ErrorCode::PermissionDenied;
  }
}

}  // namespace

namespace sigv4 {

Error refuse(SigV4Failure failure, std::string_view reason) {
  return {code_of(failure), std::string(reason), std::string(kDomain), static_cast<int>(failure)};
}

Error malformed(std::string_view reason) {
  return refuse(SigV4Failure::MalformedAuthorization, reason);
}

}  // namespace sigv4

std::optional<SigV4Failure> sigv4_failure(const Error& error) noexcept {
  if (error.domain != kDomain) return {};
  return static_cast<SigV4Failure>(error.native_code);
}

std::string_view to_string(SigV4Failure failure) noexcept {
  switch (failure) {
    case SigV4Failure::MissingAuthentication:
      return "MissingAuthentication";
    case SigV4Failure::MalformedAuthorization:
      return "MalformedAuthorization";
    case SigV4Failure::UnsupportedAlgorithm:
      return "UnsupportedAlgorithm";
    case SigV4Failure::UnsupportedPayload:
      return "UnsupportedPayload";
    case SigV4Failure::InvalidPayloadHash:
      return "InvalidPayloadHash";
    case SigV4Failure::ScopeMismatch:
      return "ScopeMismatch";
    case SigV4Failure::UnsignedHeader:
      return "UnsignedHeader";
    case SigV4Failure::UnknownAccessKey:
      return "UnknownAccessKey";
    case SigV4Failure::InvalidToken:
      return "InvalidToken";
    case SigV4Failure::RequestTimeTooSkewed:
      return "RequestTimeTooSkewed";
    case SigV4Failure::NotYetValid:
      return "NotYetValid";
    case SigV4Failure::Expired:
      return "Expired";
    case SigV4Failure::InvalidExpires:
      return "InvalidExpires";
    case SigV4Failure::SignatureMismatch:
      return "SignatureMismatch";
    case SigV4Failure::PayloadMismatch:
      return "PayloadMismatch";
  }
  return "Unknown";
}

}  // namespace streamkit::net
