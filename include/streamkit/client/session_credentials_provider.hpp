#pragma once

#include <chrono>
#include <mutex>
#include <streamkit/client/session_client.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/net/credentials.hpp>
#include <string>

namespace streamkit::client {

/// A session's upload credentials, renewed before they expire, so that a stream may outlast them.
/// While a renewal fails and the old ones are still good, they are given on and the failure logged.
class STREAMKIT_API SessionCredentialsProvider final : public net::CredentialsProvider {
 public:
  /// Renewal begins this long before expiry.
  static constexpr std::chrono::minutes kRenewBefore{5};

  /// `client` and what `context` points to must outlive the provider. The clock is `context`'s.
  SessionCredentialsProvider(SessionClient& client, const CreatedSession& session,
                             Context context = {});

  Result<net::Credentials> current(std::stop_token stop) override;
  Result<net::Credentials> renew(std::stop_token stop) override;

 private:
  SessionClient& client_;
  const std::string session_id_;
  const std::string control_token_;
  const Context context_;

  std::mutex mutex_;
  // Guarded by mutex_
  net::Credentials credentials_;
  WallTime expires_at_;
};

}  // namespace streamkit::client
