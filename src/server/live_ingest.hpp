#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/live/live_output.hpp>
#include <streamkit/media/cmaf_packager.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/live_segment_writer.hpp"

namespace streamkit::server {

/// The way of one publisher's packets into the output of its stream. It survives the publisher:
/// the next one of the same broadcast continues it.
/// Thread-safety: every method may be called from any thread, concurrently.
class LiveFeed {
 public:
  using TimePoint = media::CmafPackager::TimePoint;

  LiveFeed(std::shared_ptr<live::LiveOutput> output, std::vector<media::CmafTrack> tracks)
      : output_(std::move(output)), tracks_(std::move(tracks)) {}

  Result<void> open(const media::CmafOptions& options);
  /// Takes a packet of one of the tracks; others are ignored.
  Result<void> push(Packet packet, TimePoint now);
  /// The configuration changes. Errors: InvalidArgument (there are other tracks).
  Result<void> set_tracks(const Tracks& tracks);
  /// Passes on what is due.
  Result<void> advance(TimePoint now);
  /// The publisher is gone.
  Result<void> flush();
  /// Nothing will come any more.
  void end();
  [[nodiscard]] bool has_same_tracks(const Tracks& tracks) const;

 private:
  void announce();

  const std::shared_ptr<live::LiveOutput> output_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::vector<media::CmafTrack> tracks_;
  std::unique_ptr<media::CmafPackager> packager_;
  bool announced_ = false;
  bool ended_ = false;
};

struct LiveIngestOptions {
  MediaTime segment_duration = std::chrono::seconds(2);
  MediaTime part_duration = std::chrono::milliseconds(500);
  /// The window of streams that have no choice of their own.
  MediaTime window = std::chrono::seconds(60);
  std::string time_url = {};
  /// How long the media of a broadcast stay in memory after its end, unless they are stored.
  std::chrono::minutes keep_ended{10};
  /// Called after media of a stream have changed, with its topic.
  std::function<void(std::string_view topic)> wake = {};
};

/// Turns the packets of publishers, of any protocol, into the outputs of live streams.
/// Thread-safety: every method may be called from any thread, concurrently.
class LiveIngest {
 public:
  /// The references and the targets of `context` must outlive this object.
  /// `objects` takes the segments of streams that are recorded or have a long window.
  LiveIngest(live::LiveDirectory& streams, ObjectStore& objects, LiveIngestOptions options,
             Context context);

  /// Begins the output of a stream, or continues that of the same broadcast.
  /// Errors: Unsupported (a codec, named).
  Result<std::shared_ptr<LiveFeed>> open(const LiveStream& stream, bool continues,
                                         const Tracks& tracks);
  /// The broadcast is over: its playlists end. They stay valid until the next broadcast, or for
  /// `keep_ended`.
  void end(std::string_view stream_id);

 private:
  using TimePoint = LiveFeed::TimePoint;
  struct Running {
    std::shared_ptr<LiveFeed> feed;
    std::shared_ptr<live::LiveOutput> output;
    bool is_stored = false;
  };
  struct Ended {
    TimePoint until;
    std::string id;
    std::shared_ptr<live::LiveOutput> output;
  };

  [[nodiscard]] bool is_stored(const LiveStream& stream) const;
  void store_segments(const LiveStream& stream, live::LiveOutputOptions& options,
                      std::shared_ptr<std::weak_ptr<live::LiveOutput>> output);
  Result<std::shared_ptr<LiveFeed>> create(const LiveStream& stream, const Tracks& tracks);
  void run(const std::stop_token& stop);
  void forget_ended(TimePoint now);

  live::LiveDirectory& streams_;
  const LiveIngestOptions options_;
  const Context context_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, Running, std::less<>> running_;
  std::deque<Ended> ended_;
  LiveSegmentWriter writer_;
  std::jthread thread_;
};

}  // namespace streamkit::server
