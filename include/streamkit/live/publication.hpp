#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <string>

namespace streamkit::live {

struct PublicationState;

/// The way in which a publisher stopped.
enum class PublishEnd {
  Goodbye,  ///< It ended the stream.
  Lost,     ///< The connection broke, or it stopped sending: it may come back.
  Failed    ///< Its media cannot be carried: the stream ends immediately.
};

/// The right of one connection to send one stream. The connection holds it for as long as it
/// lasts. Destruction without finish() counts as PublishEnd::Lost.
/// Thread-safety: one thread at a time; revoked() from any.
class STREAMKIT_API Publication {
 public:
  Publication(Publication&& other) noexcept = default;
  Publication& operator=(Publication&& other) noexcept;
  ~Publication();

  /// Returns the record as it was when the publication began.
  [[nodiscard]] const LiveStream& stream() const noexcept;
  /// Returns whether the stream was active, so that its timeline continues; otherwise the first
  /// media begins a new broadcast.
  [[nodiscard]] bool continues() const noexcept;

  /// Reports that media arrived. The first call makes the stream active; further ones cost a few
  /// nanoseconds. A publisher that does not call it is silent, and gives way or is disconnected.
  void note_media(std::chrono::steady_clock::time_point now);
  /// Ends the publication. `reason` is shown to the stream's owner and logged: one short sentence
  /// without a secret; empty: the usual one. Only the first call has an effect, and none after
  /// revoked().
  void finish(PublishEnd end, std::string reason = {});

  /// Returns a token on which a stop is requested when the connection must be closed: another
  /// publisher took over, nothing was sent for too long, or the stream was ended or removed.
  [[nodiscard]] std::stop_token revoked() const noexcept;
  /// Returns why, for the publisher; empty before a stop is requested.
  [[nodiscard]] std::string revoked_reason() const;

 private:
  friend class LiveStreams;
  explicit Publication(std::shared_ptr<PublicationState> state) : state_(std::move(state)) {}

  std::shared_ptr<PublicationState> state_;
};

}  // namespace streamkit::live
