#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/live/publication.hpp>
#include <streamkit/live/publish_authorizer.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::live {

struct STREAMKIT_API LiveStreamsOptions {
  /// How long a stream stays active after its publisher was lost, so that its timeline continues
  /// when the publisher comes back. A longer time survives longer outages; viewers wait for it.
  std::chrono::milliseconds grace{10'000};
  /// The same after a publisher that ended the stream. 0: the stream ends immediately.
  std::chrono::milliseconds goodbye_grace{0};
  /// A publisher without media for this long is silent, and gives way to a new one (see
  /// PublishConflict). A shorter time lets encoders reconnect sooner; it must be longer than the
  /// largest pause of a healthy one.
  std::chrono::milliseconds silent_after{2'000};
  /// A publisher without media for this long is disconnected.
  std::chrono::milliseconds disconnect_after{9'000};
  /// The number of streams that are not revoked; further ones are not created. 0: no limit.
  std::uint64_t max_streams = 10'000;
  /// The number of these that open publishing may create. 0: no limit.
  std::uint64_t max_open_streams = 1'000;
  /// Called after each change of a stream's state, from the thread that caused it, without a lock.
  /// Must not block. Calls for one stream may come out of order; find() returns the latest state.
  std::function<void(const LiveStream&)> on_change = {};
};

/// The choices of a new stream; see LiveStream.
struct STREAMKIT_API LiveStreamRequest {
  /// At most 200 bytes of UTF-8 without control characters.
  std::string name = {};
  /// 1 to 8 different even heights from 64 to 4320, largest first, as in "1080,720,480"; "none"; or
  /// empty.
  std::string ladder = {};
  /// 10 s to 7 days.
  std::optional<std::chrono::seconds> dvr = {};
  bool record = false;
  /// Chunks of 0.5 s to 60 s.
  std::optional<LiveStereo> stereo = {};
  /// An rtsp, rtsps, rtmp, rtmps, srt, http, https or file URL of at most 2048 bytes, or empty.
  std::string source = {};
  PublishConflict on_conflict = PublishConflict::ReplaceSilent;
  /// The caller, such as the name of an API key.
  std::string api_key = {};
};

/// Checks the choices. Errors: InvalidArgument, naming the field as the HTTP API does.
STREAMKIT_API Result<void> check_live_stream_request(const LiveStreamRequest& request);

/// A stream that was just created, and its key, which is stored nowhere.
struct STREAMKIT_API NewLiveStream {
  LiveStream stream;
  std::string key;
};

/// The publisher that is connected now.
struct STREAMKIT_API PublisherInfo {
  std::string remote_address;
  WallTime connected_at = {};
};

/// Live streams, their keys, states and publishers, for any protocol. The caller is responsible
/// for authorization. Changes of state are in memory first; sweep() writes them to the store.
/// Metrics: streamkit_live_streams_created_total, streamkit_live_broadcasts_total,
/// streamkit_live_broadcasts_ended_total by state, streamkit_publishers_total by how they came,
/// streamkit_publishers_lost_total, streamkit_live_streams_active, streamkit_publishers_connected.
/// Thread-safety: every method may be called from any thread, concurrently. All that read the store
/// can fail with Unavailable (try again).
class STREAMKIT_API LiveStreams {
 public:
  /// `store` and the targets of `context` must outlive this object, which must outlive its
  /// publications.
  LiveStreams(LiveStreamStore& store, LiveStreamsOptions options, Context context);
  LiveStreams(const LiveStreams&) = delete;
  LiveStreams& operator=(const LiveStreams&) = delete;
  /// Writes the last states to the store.
  ~LiveStreams();

  /// Creates a stream with an unguessable id and key. Only the SHA-256 of the key is stored.
  /// Errors: InvalidArgument, naming the field; ResourceExhausted (max_streams).
  Result<NewLiveStream> create(const LiveStreamRequest& request);
  /// Creates a stream without a key, under a name that its publisher chose.
  /// Errors: InvalidArgument (id); AlreadyExists (a stream or session has the id);
  /// ResourceExhausted (max_streams, max_open_streams).
  Result<LiveStream> create_open(std::string_view id);

  /// Returns the stream with its state as of now. Errors: NotFound.
  Result<LiveStream> find(std::string_view id);
  /// Returns the stream that this key publishes. Errors: NotFound.
  Result<LiveStream> find_by_key(std::string_view key);
  /// Returns at most `limit` streams whose ids sort after `after_id`, in ascending order of ids.
  Result<std::vector<LiveStream>> list(std::string_view after_id, std::size_t limit);
  /// The same for retention: only streams whose latest broadcast, or deletion, was before this time
  /// and that have no publisher.
  Result<std::vector<LiveStream>> list_ended(WallTime before, std::string_view after_id,
                                             std::size_t limit);
  /// Returns the publisher of a stream, if one is connected.
  [[nodiscard]] std::optional<PublisherInfo> publisher_of(std::string_view id) const;

  /// Disconnects the publisher and ends the broadcast. The key stays valid: a publisher may begin
  /// another broadcast. Errors: NotFound.
  Result<void> end(std::string_view id);
  /// Revokes the key for good, then does as end(). What was recorded stays. Errors: NotFound.
  Result<void> revoke(std::string_view id);
  /// Disconnects the publisher and removes the record, for retention. Succeeds when there is none.
  Result<void> remove(std::string_view id);

  /// Begins a publication. Does not write to the store; reads it unless the stream is active.
  /// Errors: AlreadyExists (another publisher is protected, see PublishConflict); NotFound;
  /// PermissionDenied (revoked). The message is for the publisher.
  Result<Publication> begin_publish(const PublishGrant& grant, std::string remote_address);

  /// Lets the streams that were active when an earlier run stopped wait for their publishers, for
  /// the grace time from `now` on. Call it once, before the first publication.
  Result<void> recover(std::chrono::steady_clock::time_point now);
  /// Disconnects silent publishers, ends streams whose grace time is over, and writes changes of
  /// state to the store. Call it several times a second. What cannot be written is logged and tried
  /// again by the next call.
  void sweep(std::chrono::steady_clock::time_point now);

 private:
  friend class Publication;
  struct Entry;
  struct Effects;
  using Entries = std::map<std::string, Entry, std::less<>>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  Result<void> add(const LiveStream& stream);
  [[nodiscard]] Result<void> check_room(const LiveStream& stream);
  Result<std::optional<LiveStream>> load(std::string_view id, std::uint64_t& generation);
  Entry& add_entry(LiveStream stream, SteadyTime now);
  Result<std::shared_ptr<PublicationState>> attach(Entry& entry, std::string remote_address,
                                                   Effects& effects);
  [[nodiscard]] bool gives_way(const Entry& entry, SteadyTime now) const;
  void revoke_entry(Entry& entry, WallTime at, Effects& effects);
  Result<void> end_unused(std::string_view id);
  void end_entry(Entry& entry, std::string_view reason, Effects& effects);
  void disconnect(Entry& entry, std::string reason, Effects& effects);
  void say_goodbye(Entry& entry, std::string reason, SteadyTime now, Effects& effects);
  void lose(Entry& entry, const PublicationState& state, std::string reason, SteadyTime now,
            Effects& effects);
  void finish_broadcast(Entry& entry, LiveStreamState state, std::string reason, Effects& effects);
  void sweep_entry(Entry& entry, SteadyTime now, Effects& effects);
  void first_media(PublicationState& state);
  void finish(PublicationState& state, PublishEnd end, std::string reason);
  Entry* entry_of(const PublicationState& state);
  void overlay(LiveStream& stream) const;
  void apply(Effects effects);
  void store_changes();
  std::optional<Error> write_changes();
  void drop_idle_entries();
  [[nodiscard]] SteadyTime steady_now() const { return context_.clock_or_system().steady_now(); }
  [[nodiscard]] WallTime wall_now() const { return context_.clock_or_system().system_now(); }

  LiveStreamStore& store_;
  const LiveStreamsOptions options_;
  const Context context_;
  // The calls of create() in progress, whose streams may not be in the store yet.
  std::atomic<std::uint64_t> creating_ = 0;
  // Held while states are written, so that the latest one is written last. Taken before mutex_.
  std::mutex store_mutex_;
  // Guarded by store_mutex_
  bool store_fails_ = false;
  mutable std::mutex mutex_;
  // Guarded by mutex_. Streams that are active, have a publisher, or a state to be written.
  Entries entries_;
  // Counts entries and keys that were dropped: a record that was read before may be outdated.
  std::uint64_t generation_ = 0;
};

}  // namespace streamkit::live
