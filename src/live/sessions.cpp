#include <streamkit/live/sessions.hpp>

#include <streamkit/net/random_text.hpp>

namespace streamkit::live {
namespace {

constexpr std::size_t kSessionIdLength = 26;
constexpr std::size_t kAccessKeyLength = 20;
constexpr std::size_t kSecretLength = 52;

class CountedCall {
 public:
  explicit CountedCall(std::atomic<std::uint64_t>& calls) noexcept : calls_(calls) { ++calls_; }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;
  ~CountedCall() { --calls_; }

 private:
  std::atomic<std::uint64_t>& calls_;
};

}  // namespace

Result<NewSession> Sessions::create(const SessionRequest& request) {
  const CountedCall counted(creating_);
  if (auto checked = check_stereo_choice(request.stereo); !checked) return checked.error();
  if (auto room = check_room(); !room) return room.error();
  auto id = net::random_text(kSessionIdLength);
  if (!id) return id.error();
  auto control_token = net::random_text(kSecretLength);
  if (!control_token) return control_token.error();
  Session session{.id = *std::move(id),
                  .mode = request.mode,
                  .stereo = request.stereo,
                  .chunk_duration = request.chunk_duration,
                  .created_at = now(),
                  .control_token = *std::move(control_token)};
  if (auto created = store_.create(session); !created) return created.error();
  auto credentials = issue_credentials(session.id);
  if (!credentials) return credentials.error();
  context_.count("streamkit_sessions_created_total");
  context_.log(LogLevel::Info, "session created",
               {{"session_id", session.id},
                {"mode", std::string(to_string(session.mode))},
                {"stereo", to_string(session.stereo)},
                {"api_key", request.api_key}});
  return NewSession{std::move(session), *std::move(credentials)};
}

// Counts the calls in progress too, so that concurrent ones do not exceed the limit together.
Result<void> Sessions::check_room() const {
  if (options_.max_live == 0 || !options_.count_live) return {};
  const auto live = options_.count_live();
  if (!live) return live.error();
  if (*live + creating_ <= options_.max_live) return {};
  return Error{ErrorCode::ResourceExhausted, "there are " + std::to_string(options_.max_live) +
                                                 " live sessions already: end one, or try again "
                                                 "later"};
}

Result<Session> Sessions::find(std::string_view session_id) {
  auto session = store_.find(session_id);
  if (session && options_.is_expired && options_.is_expired(*session, now())) {
    return Error{ErrorCode::NotFound, "the session has expired"};
  }
  return session;
}

Result<Session> Sessions::end(std::string_view session_id) {
  if (const auto found = find(session_id); !found) return found.error();
  auto session = store_.end(session_id, now());
  if (!session) return session;
  context_.log(LogLevel::Info, "session ended",
               {{"session_id", session->id},
                {"chunks", std::to_string(session->final_chunk_count.value_or(0))}});
  return session;
}

Result<ScopedCredentials> Sessions::renew(std::string_view session_id) {
  const auto session = find(session_id);
  if (!session) return session.error();
  if (session->ended_at) {
    return Error{ErrorCode::PermissionDenied,
                 "the session has ended and cannot get new credentials"};
  }
  return issue_credentials(session->id);
}

Result<ScopedCredentials> Sessions::issue_credentials(const std::string& session_id) {
  auto key = net::random_text(kAccessKeyLength);
  auto secret = net::random_text(kSecretLength);
  auto token = net::random_text(kSecretLength);
  if (!key) return key.error();
  if (!secret) return secret.error();
  if (!token) return token.error();
  ScopedCredentials credentials{.access_key_id = *std::move(key),
                                .secret_access_key = *std::move(secret),
                                .session_token = *std::move(token),
                                .session_id = session_id,
                                .expires_at = now() + options_.credentials_lifetime};
  if (auto added = store_.add_credentials(credentials); !added) return added.error();
  return credentials;
}

}  // namespace streamkit::live
