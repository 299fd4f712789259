#include <streamkit/live/stream_status.hpp>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>

namespace streamkit::live {
namespace {

using Json = nlohmann::ordered_json;

// Returns seconds, rounded to a millisecond.
double seconds_of(MediaTime time) {
  return std::round(std::chrono::duration<double, std::milli>(time).count()) / 1000;
}

}  // namespace

std::string_view to_string(StreamState state) noexcept {
  switch (state) {
    case StreamState::Waiting:
      return "waiting";
    case StreamState::Live:
      return "live";
    case StreamState::Ended:
      return "ended";
    case StreamState::Complete:
      return "complete";
  }
  return "waiting";
}

StreamState state_of(const ManifestSnapshot& stream) noexcept {
  if (stream.complete()) return StreamState::Complete;
  if (stream.session().ended_at) return StreamState::Ended;
  return stream.segments() > 0 ? StreamState::Live : StreamState::Waiting;
}

MediaTime lag_of(const ManifestSnapshot& stream) noexcept {
  const auto counting =
      std::min(stream.progress().chunks,
               stream.session().final_chunk_count.value_or(stream.progress().chunks));
  const auto listed = stream.segments();
  const auto behind = counting > listed ? counting - listed : 0;
  return stream.session().chunk_duration * static_cast<std::int64_t>(behind);
}

std::string public_status_json(const ManifestSnapshot& stream, std::size_t viewers) {
  return Json{{"state", to_string(state_of(stream))},
              {"segments", stream.segments()},
              {"duration_seconds", seconds_of(stream.progress().duration)},
              {"viewers", viewers},
              {"lag_seconds", seconds_of(lag_of(stream))}}
      .dump();
}

std::string status_json(const ManifestSnapshot& stream, std::size_t viewers,
                        std::string_view playlist_url) {
  const auto& session = stream.session();
  Json json = {{"session_id", session.id},
               {"mode", to_string(session.mode)},
               {"stereo", Json::parse(stereo_json(session.mode, session.stereo))},
               {"state", to_string(state_of(stream))},
               {"created_at", net::format_iso8601(session.created_at)},
               {"ended_at", nullptr},
               {"chunks", stream.progress().chunks},
               {"segments", stream.segments()},
               {"final_chunk_count", nullptr},
               {"duration_seconds", seconds_of(stream.progress().duration)},
               {"lag_seconds", seconds_of(lag_of(stream))},
               {"viewers", viewers},
               {"playlist_url", playlist_url}};
  if (session.ended_at) json["ended_at"] = net::format_iso8601(*session.ended_at);
  if (session.final_chunk_count) json["final_chunk_count"] = *session.final_chunk_count;
  return json.dump();
}

}  // namespace streamkit::live
