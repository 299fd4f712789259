#pragma once

#include <chrono>
#include <functional>
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
  /// Renewal begins this long before expiry; of short-lived credentials, when a quarter of their
  /// life is left.
  static constexpr std::chrono::minutes kRenewBefore{5};

  /// `client` and what `context` points to must outlive the provider. The clock is `context`'s.
  /// `on_renewed`, unless empty, is called after each renewal, on the thread that renewed.
  SessionCredentialsProvider(SessionClient& client, const CreatedSession& session,
                             Context context = {},
                             std::function<void(const UploadTarget&)> on_renewed = {});

  Result<net::Credentials> current(std::stop_token stop) override;
  Result<net::Credentials> renew(std::stop_token stop) override;
  /// When the credentials that are held expire.
  [[nodiscard]] WallTime expires_at() const;

 private:
  SessionClient& client_;
  const std::string session_id_;
  const std::string control_token_;
  const Context context_;

  const std::function<void(const UploadTarget&)> on_renewed_;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  net::Credentials credentials_;
  WallTime expires_at_;
  WallTime::duration renew_before_;
};

}  // namespace streamkit::client
