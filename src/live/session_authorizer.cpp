#include <streamkit/live/session_authorizer.hpp>

namespace streamkit::live {
namespace {

Error denied(std::string_view reason) { return {ErrorCode::PermissionDenied, std::string(reason)}; }

}  // namespace

Result<ChunkPermission> SessionAuthorizer::authorize_upload(std::string_view session_id,
                                                            std::string_view key) {
  const auto chunk = parse_chunk_key(key);
  const auto* input = chunk ? std::get_if<StreamInputKey>(&*chunk) : nullptr;
  if (input == nullptr || input->session_id != session_id) {
    return denied(
        "these credentials cover stream_input/{session_id}/chunk_{index}.mp4 in their own session "
        "and bucket only");
  }
  if (options_.may_call && !options_.may_call(session_id)) {
    return Error{ErrorCode::RateLimited, "too many requests, slow down"};
  }
  const auto session = sessions_.find(session_id);
  if (!session && session.error().code == ErrorCode::NotFound)
    return denied("the session does not exist");
  if (!session) return session.error().with_context("find session");
  const auto now = context_.clock_or_system().system_now();
  if (session->ended_at && now > *session->ended_at + options_.late_upload_grace) {
    return denied("the session has ended");
  }
  return ChunkPermission{.chunk = *input, .late = session->ended_at.has_value()};
}

}  // namespace streamkit::live
