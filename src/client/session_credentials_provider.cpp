#include <streamkit/client/session_credentials_provider.hpp>

namespace streamkit::client {

SessionCredentialsProvider::SessionCredentialsProvider(SessionClient& client,
                                                       const CreatedSession& session,
                                                       Context context)
    : client_(client),
      session_id_(session.session_id),
      control_token_(session.control_token),
      context_(context),
      credentials_(session.upload.credentials),
      expires_at_(session.upload.expires_at) {}

Result<net::Credentials> SessionCredentialsProvider::current(std::stop_token stop) {
  const WallTime now = context_.clock_or_system().system_now();
  net::Credentials held;
  WallTime expires_at;
  {
    std::lock_guard lock(mutex_);
    held = credentials_;
    expires_at = expires_at_;
  }
  if (now < expires_at - kRenewBefore) return held;
  auto renewed = renew(stop);
  if (renewed || now >= expires_at) return renewed;
  context_.log(LogLevel::Warning, "credentials not renewed yet, the old ones are still good",
               {{"session_id", session_id_}, {"error", to_string(renewed.error())}});
  return held;
}

// Two threads may renew concurrently: each receives valid credentials, and the last ones are kept.
Result<net::Credentials> SessionCredentialsProvider::renew(std::stop_token stop) {
  auto target = client_.renew_credentials(session_id_, control_token_, stop);
  if (!target) return target.error();
  std::lock_guard lock(mutex_);
  credentials_ = std::move(target->credentials);
  expires_at_ = target->expires_at;
  return credentials_;
}

}  // namespace streamkit::client
