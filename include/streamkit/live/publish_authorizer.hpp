#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <utility>

namespace streamkit::live {

class LiveStreams;

/// A publisher that asks whether it may send, for any protocol. All texts are as the peer sent
/// them, percent-escapes decoded; any of them may be a secret, so none is logged.
struct STREAMKIT_API PublishRequest {
  /// The name of the protocol, as in "rtmp" or "srt"; for the log.
  std::string protocol = {};
  /// The application of RTMP, or the first part of an SRT stream id, as in "live". May be empty.
  std::string app = {};
  /// The stream name without its query: usually the stream key.
  std::string stream = {};
  /// A secret that the protocol carries beside the stream name. Empty: there is none.
  std::string key = {};
  /// The `token` in the query of the stream name or URL. Empty: there is none.
  std::string token = {};
  /// The numeric address of the peer, without a port.
  std::string remote_address = {};
};

/// Permission to publish one stream.
struct STREAMKIT_API PublishGrant {
  std::string stream_id;
};

/// Decides who may publish. Implemented by applications that have their own users, tokens or
/// webhooks; StreamKeyAuthorizer is the one for stream keys.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API PublishAuthorizer {
 public:
  virtual ~PublishAuthorizer() = default;
  /// Returns the stream that the publisher may send, or the reason for its rejection, which is sent
  /// to the publisher. Must not block for longer than a database read takes.
  /// Errors: PermissionDenied (key, application); InvalidArgument (name); ResourceExhausted (too
  /// many streams); Unavailable (try again).
  virtual Result<PublishGrant> authorize(const PublishRequest& request) = 0;
};

struct STREAMKIT_API StreamKeyAuthorizerOptions {
  /// Publishers on this machine need no key: a name without a stream creates one whose id is that
  /// name. For servers that only this machine can reach.
  bool open_on_loopback = false;
  /// The application that publishers must name, or leave empty.
  std::string app = "live";
};

/// Grants the stream whose key the publisher sends: as its stream name, as the key of the protocol,
/// or as the token beside the name of the stream. Rejections are logged without any of these.
/// Metrics: streamkit_publishers_rejected_total, by reason.
/// Thread-safety: as for PublishAuthorizer.
class STREAMKIT_API StreamKeyAuthorizer final : public PublishAuthorizer {
 public:
  /// `streams` and the targets of `context` must outlive this object.
  StreamKeyAuthorizer(LiveStreams& streams, StreamKeyAuthorizerOptions options, Context context)
      : streams_(streams), options_(std::move(options)), context_(std::move(context)) {}

  /// As described at the class. Open publishing writes the record of a new stream.
  Result<PublishGrant> authorize(const PublishRequest& request) override;

 private:
  Result<PublishGrant> decide(const PublishRequest& request);
  Result<PublishGrant> grant_by_key(const PublishRequest& request);
  Result<PublishGrant> grant_by_name(const std::string& name);

  LiveStreams& streams_;
  const StreamKeyAuthorizerOptions options_;
  const Context context_;
};

/// Returns whether the numeric address belongs to this machine: 127.0.0.0/8 or ::1, also as an IPv6
/// address that contains an IPv4 one.
STREAMKIT_API [[nodiscard]] bool is_loopback_address(const std::string& address);

}  // namespace streamkit::live
