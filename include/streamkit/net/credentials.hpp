#pragma once

#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::net {

/// A key pair that signs requests. Never printed.
struct STREAMKIT_API Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  /// Goes with temporary credentials; empty for lasting ones.
  std::string session_token = {};
};

/// Where a client takes its credentials from.
/// Thread-safety: every method may be called from any thread at once.
class STREAMKIT_API CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// Credentials to sign with now. May block to renew them; woken by `stop`.
  /// Errors: CredentialsExpired, PermissionDenied; whatever the renewal gives.
  virtual Result<Credentials> current(std::stop_token stop) = 0;
  /// Fresh credentials, because a server called the current ones expired.
  /// Errors: PermissionDenied when there are none to be had.
  virtual Result<Credentials> renew(std::stop_token stop) = 0;
};

/// Always the same credentials; renewing them is refused.
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
