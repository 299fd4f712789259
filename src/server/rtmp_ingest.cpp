#include "server/rtmp_ingest.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <streamkit/rtmp/server_session.hpp>
#include <utility>
#include <variant>

namespace streamkit::server {
namespace {

template <typename... Handlers>
struct Visitor : Handlers... {
  using Handlers::operator()...;
};

rtmp::PublishRejection rejection_of(ErrorCode code) {
  if (code == ErrorCode::AlreadyExists) return rtmp::PublishRejection::InUse;
  const bool is_denied = code == ErrorCode::PermissionDenied || code == ErrorCode::NotFound ||
                         code == ErrorCode::InvalidArgument;
  return is_denied ? rtmp::PublishRejection::Denied : rtmp::PublishRejection::Failed;
}

// One connection.
class RtmpPublisher final : public http::StreamHandler {
 public:
  struct Parts {
    live::PublishAuthorizer& authorizer;
    live::LiveStreams& streams;
    LiveIngest& ingest;
  };

  RtmpPublisher(std::shared_ptr<http::StreamConnection> connection, Parts parts, Context context)
      : connection_(std::move(connection)), parts_(parts), context_(std::move(context)) {}

  http::StreamReply on_bytes(std::span<const std::uint8_t> bytes) override {
    handle(session_.receive(bytes));
    return reply();
  }

  http::StreamReply on_wake() override {
    if (publication_ && publication_->revoked().stop_requested()) {
      session_.close(publication_->revoked_reason());
      leave(live::PublishEnd::Lost, {});
    }
    return reply();
  }

  http::StreamReply on_quiet() override {
    session_.ping(0);
    return reply();
  }

  bool is_set_up() const noexcept override { return publication_.has_value(); }

  void on_closed(http::StreamEnd end) override {
    leave(live::PublishEnd::Lost,
          "the publisher's connection ended: " + std::string(to_string(end)));
  }

 private:
  http::StreamReply reply() {
    using Next = http::StreamReply::Next;
    return {.bytes = session_.take_output(), .next = session_.closed() ? Next::Close : Next::Read};
  }

  [[nodiscard]] LiveFeed::TimePoint now() const { return context_.clock_or_system().steady_now(); }

  void handle(std::vector<rtmp::Event> events) {
    const Visitor visitor{
        [](const rtmp::Connected&) {},
        [](const rtmp::TimelineBroken&) {},
        [this](const rtmp::PublishRequested& request) { decide(request); },
        [this](const rtmp::TracksKnown& known) { begin(known.tracks); },
        [this](const rtmp::TracksChanged& changed) { change(changed.tracks); },
        [this](const rtmp::Unpublished&) { leave(live::PublishEnd::Goodbye, {}); },
        [this](const rtmp::SessionFailed& failed) {
          const bool is_final = failed.error.code == ErrorCode::Unsupported;
          leave(is_final ? live::PublishEnd::Failed : live::PublishEnd::Lost, failed.error.message);
        }};
    for (rtmp::Event& event : events) {
      if (auto* packet = std::get_if<Packet>(&event)) {
        take(std::move(*packet));
      } else {
        visit_control(visitor, event);
      }
    }
  }

  template <typename Handler>
  static void visit_control(const Handler& handler, const rtmp::Event& event) {
    std::visit(
        [&](const auto& value) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, Packet>) handler(value);
        },
        event);
  }

  void decide(const rtmp::PublishRequested& request) {
    const auto grant =
        parts_.authorizer.authorize({.protocol = "rtmp",
                                     .app = request.app,
                                     .stream = request.stream_name,
                                     .key = request.parameter("key"),
                                     .token = request.parameter("token"),
                                     .remote_address = connection_->remote_address()});
    if (!grant) return reject(grant.error());
    auto publication = parts_.streams.begin_publish(*grant, connection_->remote_address());
    if (!publication) return reject(publication.error());
    publication_ = *std::move(publication);
    revoked_.emplace(publication_->revoked(), [connection = connection_] { connection->wake(); });
    handle(session_.accept_publish());
  }

  void reject(const Error& error) {
    session_.reject_publish(rejection_of(error.code), error.message);
  }

  void begin(const Tracks& tracks) {
    if (!publication_) return;
    auto feed = parts_.ingest.open(publication_->stream(), publication_->continues(), tracks);
    if (!feed) return fail(feed.error());
    feed_ = *std::move(feed);
  }

  void change(const Tracks& tracks) {
    if (!feed_) return;
    if (const auto set = feed_->set_tracks(tracks); !set) begin(tracks);
  }

  void take(Packet packet) {
    // Another publisher may have taken over.
    if (!publication_ || !feed_ || publication_->revoked().stop_requested()) return;
    const auto at = now();
    publication_->note_media(at);
    if (const auto pushed = feed_->push(std::move(packet), at); !pushed) fail(pushed.error());
  }

  // The stream cannot be carried.
  void fail(const Error& error) {
    session_.close(error.message);
    leave(live::PublishEnd::Failed, error.message);
  }

  void leave(live::PublishEnd end, std::string reason) {
    revoked_.reset();
    const bool is_revoked = publication_ && publication_->revoked().stop_requested();
    if (feed_ && !is_revoked) {
      if (const auto flushed = feed_->flush(); !flushed) {
        context_.log(LogLevel::Error, "live media lost", {{"error", to_string(flushed.error())}});
      }
    }
    feed_.reset();
    if (publication_) publication_->finish(end, std::move(reason));
    publication_.reset();
  }

  const std::shared_ptr<http::StreamConnection> connection_;
  const Parts parts_;
  const Context context_;
  rtmp::ServerSession session_;
  std::optional<live::Publication> publication_;
  std::optional<std::stop_callback<std::function<void()>>> revoked_;
  std::shared_ptr<LiveFeed> feed_;
};

}  // namespace

Result<std::unique_ptr<http::StreamListener>> start_rtmp_ingest(http::StreamListenerOptions options,
                                                                live::PublishAuthorizer& authorizer,
                                                                live::LiveStreams& streams,
                                                                LiveIngest& ingest,
                                                                Context context) {
  const RtmpPublisher::Parts parts{authorizer, streams, ingest};
  return http::StreamListener::start(
      std::move(options),
      [parts, context](std::shared_ptr<http::StreamConnection> connection) {
        return std::make_unique<RtmpPublisher>(std::move(connection), parts, context);
      },
      context);
}

}  // namespace streamkit::server
