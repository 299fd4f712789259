#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/live/live_streams.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::live {

/// What a Publication and the registry share.
struct PublicationState {
  using SteadyTime = std::chrono::steady_clock::time_point;

  PublicationState(LiveStreams& its_streams, LiveStream its_stream, PublisherInfo its_info,
                   SteadyTime now)
      : streams(its_streams),
        stream(std::move(its_stream)),
        info(std::move(its_info)),
        last_media(now.time_since_epoch().count()) {}

  [[nodiscard]] SteadyTime::duration silence(SteadyTime now) const noexcept {
    return now.time_since_epoch() -
           SteadyTime::duration(last_media.load(std::memory_order_relaxed));
  }

  LiveStreams& streams;
  const LiveStream stream;
  const PublisherInfo info;
  // When media came last, or else when the publication began.
  std::atomic<SteadyTime::rep> last_media;
  std::atomic<bool> has_media = false;
  std::stop_source revoked;
  // Written before a stop is requested, read afterwards.
  std::string revoked_reason;
  // Used by the connection's thread only.
  bool finished = false;
};

/// How a broadcast ends unless its publisher comes back by `at`.
struct PendingEnd {
  std::chrono::steady_clock::time_point at;
  LiveStreamState state = LiveStreamState::Error;
  std::string reason;
};

struct LiveStreams::Entry {
  [[nodiscard]] bool active() const noexcept {
    return stream.status.state == LiveStreamState::Active;
  }

  LiveStream stream;
  std::shared_ptr<PublicationState> publisher = {};
  // Of an active stream, from the loss of its publisher to the first media of the next one.
  std::optional<PendingEnd> pending = {};
  // The status is not in the store yet.
  bool dirty = false;
};

/// What follows from a change, once the lock is released.
struct LiveStreams::Effects {
  struct Line {
    LogLevel level = LogLevel::Info;
    std::string_view message;
    std::string stream_id;
    std::string reason = {};
    std::string remote_address = {};
  };
  struct Count {
    std::string_view name;
    MetricLabel label;
  };
  std::vector<Line> lines = {};
  std::vector<Count> counts = {};
  std::vector<std::shared_ptr<PublicationState>> revoked = {};
  std::vector<LiveStream> changed = {};
};

}  // namespace streamkit::live
