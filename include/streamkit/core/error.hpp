#pragma once

#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>

namespace streamkit {

/// Classifies a failure by what the caller can do about it. The code is the contract; the message
/// is for people.
enum class ErrorCode {
  InvalidArgument,     ///< The request itself is wrong: fix the named value.
  NotFound,            ///< The named thing does not exist.
  AlreadyExists,       ///< The named thing exists and may not be replaced.
  PermissionDenied,    ///< Credentials are missing, wrong, or do not cover this.
  CredentialsExpired,  ///< Renew the credentials, then try again.
  Unavailable,         ///< A peer or a resource is not ready: try again later.
  Timeout,             ///< No response in time: try again.
  RateLimited,         ///< Slow down, then try again.
  Cancelled,           ///< The caller's stop token ended the call.
  CorruptData,         ///< Input bytes are not what their format demands.
  Unsupported,         ///< Valid, but this build or class cannot do it.
  ResourceExhausted,   ///< Disk, memory or a configured bound is full.
  Internal,            ///< A defect or an unexpected result of a library.
};

/// A failure as a value. It never holds a secret: URLs appear without their query.
struct STREAMKIT_API Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
  /// The library that reported `native_code` ("ffmpeg", "sqlite", "http", ...); empty when none.
  std::string domain = {};
  int native_code = 0;

  /// Returns the same error with "context: " before its message.
  [[nodiscard]] Error with_context(std::string_view context) const;

  /// Returns whether repeating the same call later can succeed without anybody changing it.
  /// Uploader, queue and worker all decide by it.
  [[nodiscard]] bool retryable() const noexcept;

  friend bool operator==(const Error&, const Error&) = default;
};

/// Returns the enumerator's name, as in "InvalidArgument".
STREAMKIT_API [[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// Formats an error for a log line: "Code: message [domain native_code]", as in "NotFound: no such
/// object [sqlite 5]". Empty parts are left out.
STREAMKIT_API [[nodiscard]] std::string to_string(const Error& error);

}  // namespace streamkit
