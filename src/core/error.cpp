#include <streamkit/core/error.hpp>

namespace streamkit {

Error Error::with_context(std::string_view context) const {
  Error wrapped = *this;
  wrapped.message = std::string(context) + ": " + message;
  return wrapped;
}

bool Error::retryable() const noexcept {
  switch (code) {
    case ErrorCode::CredentialsExpired:
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
    case ErrorCode::RateLimited:
      return true;
    case ErrorCode::InvalidArgument:
    case ErrorCode::NotFound:
    case ErrorCode::AlreadyExists:
    case ErrorCode::PermissionDenied:
    case ErrorCode::Cancelled:
    case ErrorCode::CorruptData:
    case ErrorCode::Unsupported:
    case ErrorCode::ResourceExhausted:
    case ErrorCode::Internal:
      return false;
  }
  return false;
}

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "InvalidArgument";
    case ErrorCode::NotFound:
      return "NotFound";
    case ErrorCode::AlreadyExists:
      return "AlreadyExists";
    case ErrorCode::PermissionDenied:
      return "PermissionDenied";
    case ErrorCode::CredentialsExpired:
      return "CredentialsExpired";
    case ErrorCode::Unavailable:
      return "Unavailable";
    case ErrorCode::Timeout:
      return "Timeout";
    case ErrorCode::RateLimited:
      return "RateLimited";
    case ErrorCode::Cancelled:
      return "Cancelled";
    case ErrorCode::CorruptData:
      return "CorruptData";
    case ErrorCode::Unsupported:
      return "Unsupported";
    case ErrorCode::ResourceExhausted:
      return "ResourceExhausted";
    case ErrorCode::Internal:
      return "Internal";
  }
  return "Unknown";
}

std::string to_string(const Error& error) {
  std::string text(to_string(error.code));
  if (!error.message.empty()) text.append(": ").append(error.message);
  if (!error.domain.empty()) {
    text += " [" + error.domain + " " + std::to_string(error.native_code) + "]";
  }
  return text;
}

}  // namespace streamkit
