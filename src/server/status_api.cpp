#include "server/status_api.hpp"

#include <streamkit/live/stream_status.hpp>
#include "server/base_url.hpp"
#include "server/json_error.hpp"
#include "server/rejection.hpp"
#include "server/session_paths.hpp"

namespace streamkit::server {
namespace {

using std::chrono::steady_clock;
using SnapshotPtr = live::ManifestService::SnapshotPtr;

// The interval at which a feed repeats an unchanged status. Viewers come and go without any other
// event, and proxies close connections that are silent.
constexpr std::chrono::seconds kRepeatInterval{5};
// The delay after which browsers reconnect.
constexpr std::string_view kReconnectAfter = "retry: 3000\n\n";

// Creates the events of one feed.
class Feed {
 public:
  using Describe = std::function<std::string(const live::ManifestSnapshot&)>;

  Feed(live::ManifestService& playlists, std::string session_id, const Clock& clock,
       Describe describe, std::shared_ptr<const void> slot)
      : playlists_(playlists),
        session_id_(std::move(session_id)),
        clock_(clock),
        describe_(std::move(describe)),
        slot_(std::move(slot)) {}

  std::optional<std::string> next() {
    if (over_) return {};
    const auto stream = playlists_.find(session_id_, live::kMediaPlaylistName);
    if (!stream) {
      // The feed continues after a failure of the store, and ends if the stream does not exist any
      // more.
      over_ = stream.error().code == ErrorCode::NotFound;
      return over_ ? std::nullopt : std::optional<std::string>(std::in_place);
    }
    over_ = (*stream)->complete();
    std::string status = describe_(**stream);
    const auto now = clock_.steady_now();
    if (status == last_ && now - told_at_ < kRepeatInterval) return std::string();
    std::string text(last_.empty() ? kReconnectAfter : "");
    text += "data: " + status + "\n\n";
    last_ = std::move(status);
    told_at_ = now;
    return text;
  }

 private:
  live::ManifestService& playlists_;
  const std::string session_id_;
  const Clock& clock_;
  const Describe describe_;
  const std::shared_ptr<const void> slot_;
  std::string last_;
  steady_clock::time_point told_at_ = {};
  bool over_ = false;
};

http::Response feed_response(std::shared_ptr<Feed> feed, std::string_view session_id) {
  return {200,
          {{"Content-Type", "text/event-stream"},
           {"Cache-Control", "no-store"},
           // Without this header, nginx would delay events until a buffer is full.
           {"X-Accel-Buffering", "no"}},
          http::EventStream{.next = [feed = std::move(feed)] { return feed->next(); },
                            .topic = session_topic(session_id),
                            .interval = kRepeatInterval}};
}

}  // namespace

std::string session_topic(std::string_view session_id) {
  return "session/" + std::string(session_id);
}

StatusApi::StatusApi(live::ManifestService& playlists, live::ViewerCounts& viewers,
                     AccessControl& access, std::string public_url, Context context)
    : playlists_(playlists),
      viewers_(viewers),
      access_(access),
      public_url_(std::move(public_url)),
      context_(context) {}

std::variant<SnapshotPtr, http::Response> StatusApi::find(std::string_view session_id) const {
  auto stream = playlists_.find(session_id, live::kMediaPlaylistName);
  if (stream) return *std::move(stream);
  if (stream.error().code == ErrorCode::NotFound) {
    return error_response(404, "not_found", "no such session");
  }
  context_.log(LogLevel::Error, "session store failed",
               {{"session_id", std::string(session_id)}, {"reason", to_string(stream.error())}});
  return error_response(503, "unavailable", "the session store is not available, try again");
}

std::variant<SnapshotPtr, http::Response> StatusApi::find_own(const http::RequestHead& request,
                                                              std::string_view session_id) const {
  auto found = find(session_id);
  if (const auto* stream = std::get_if<SnapshotPtr>(&found)) {
    if (const auto rejected = access_.check_control_token(request, (*stream)->session())) {
      return to_response(*rejected);
    }
  }
  return found;
}

http::Response StatusApi::status(const http::RequestHead& request, std::string_view session_id) {
  auto found = find_own(request, session_id);
  if (auto* rejected = std::get_if<http::Response>(&found)) return std::move(*rejected);
  const auto base = base_url(request, public_url_);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  const std::string url = playlist_url(*base, session_id);
  const auto& stream = *std::get<SnapshotPtr>(found);
  auto response = http::text_response(
      200, "application/json", live::status_json(stream, viewers_.of(session_id), url) + '\n');
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response StatusApi::events(const http::RequestHead& request, std::string_view session_id) {
  auto found = find_own(request, session_id);
  if (auto* rejected = std::get_if<http::Response>(&found)) return std::move(*rejected);
  const auto base = base_url(request, public_url_);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  auto slot = feeds_.take(access_.client_of(request).key);
  if (!slot) {
    return to_response(
        {429, "rate_limited", "this client has too many open feeds", std::chrono::seconds(5)});
  }
  std::string id(session_id);
  std::string url = playlist_url(*base, id);
  auto describe = [this, id, url](const live::ManifestSnapshot& stream) {
    return live::status_json(stream, viewers_.of(id), url);
  };
  return feed_response(
      std::make_shared<Feed>(playlists_, id, context_.clock_or_system(), describe, std::move(slot)),
      session_id);
}

http::Response StatusApi::public_events(std::string_view session_id) {
  auto found = find(session_id);
  if (auto* rejected = std::get_if<http::Response>(&found)) return std::move(*rejected);
  std::string id(session_id);
  auto describe = [this, id](const live::ManifestSnapshot& stream) {
    return live::public_status_json(stream, viewers_.of(id));
  };
  return feed_response(
      std::make_shared<Feed>(playlists_, id, context_.clock_or_system(), describe, nullptr),
      session_id);
}

}  // namespace streamkit::server
