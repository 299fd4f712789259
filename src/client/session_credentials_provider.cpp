#include <algorithm>
#include <streamkit/client/session_credentials_provider.hpp>
#include <utility>

namespace streamkit::client {
namespace {

WallTime::duration renew_before(WallTime::duration life) {
  const WallTime::duration longest = SessionCredentialsProvider::kRenewBefore;
  return std::clamp(life / 4, WallTime::duration{0}, longest);
}

}  // namespace

SessionCredentialsProvider::SessionCredentialsProvider(
    SessionClient& client, const CreatedSession& session, Context context,
    std::function<void(const UploadTarget&)> on_renewed)
    : client_(client),
      session_id_(session.session_id),
      control_token_(session.control_token),
      context_(context),
      on_renewed_(std::move(on_renewed)),
      credentials_(session.upload.credentials),
      expires_at_(session.upload.expires_at),
      renew_before_(renew_before(expires_at_ - context.clock_or_system().system_now())) {}

WallTime SessionCredentialsProvider::expires_at() const {
  std::lock_guard lock(mutex_);
  return expires_at_;
}

Result<net::Credentials> SessionCredentialsProvider::current(std::stop_token stop) {
  const WallTime now = context_.clock_or_system().system_now();
  net::Credentials held;
  WallTime expires_at;
  WallTime renew_at;
  {
    std::lock_guard lock(mutex_);
    held = credentials_;
    expires_at = expires_at_;
    renew_at = expires_at_ - renew_before_;
  }
  if (now < renew_at) return held;
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
  {
    std::lock_guard lock(mutex_);
    credentials_ = target->credentials;
    expires_at_ = target->expires_at;
    renew_before_ = renew_before(expires_at_ - context_.clock_or_system().system_now());
  }
  if (on_renewed_) on_renewed_(*target);
  return std::move(target->credentials);
}

}  // namespace streamkit::client
