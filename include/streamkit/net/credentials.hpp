#pragma once

#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::net {

/// A key pair that signs requests. It is never printed.
struct STREAMKIT_API Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  /// Token of temporary credentials; empty for permanent ones.
  std::string session_token = {};
};

/// Provides a client with its credentials.
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// Returns the credentials to sign with now. May block to renew them; woken by `stop`.
  /// Errors: CredentialsExpired, PermissionDenied; those of the renewal.
  virtual Result<Credentials> current(std::stop_token stop) = 0;
  /// Returns fresh credentials, because a server reported the current ones as expired.
  /// Errors: PermissionDenied if none can be obtained.
  virtual Result<Credentials> renew(std::stop_token stop) = 0;
};

/// Always returns the same credentials; rejects renewal.
class STREAMKIT_API StaticCredentialsProvider final : public CredentialsProvider {
 public:
  explicit StaticCredentialsProvider(Credentials credentials)
      : credentials_(std::move(credentials)) {}
  Result<Credentials> current(std::stop_token) override { return credentials_; }
  Result<Credentials> renew(std::stop_token) override {
    return Error{ErrorCode::PermissionDenied, "fixed credentials expired and cannot be renewed"};
  }

 private:
  const Credentials credentials_;
};

}  // namespace streamkit::net
