#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/shared_text.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::live {

/// The lengths that the playlists of a stream promise. They never change while it is live.
struct STREAMKIT_API LiveTargets {
  MediaTime segment = std::chrono::seconds(2);
  MediaTime part = std::chrono::milliseconds(500);
};

struct STREAMKIT_API LiveTracksOptions {
  /// How much of the stream is listed: the newest segments that together last at least this long.
  /// At least three segments are listed.
  MediaTime window = std::chrono::seconds(60);
  /// All segments stay listed, whatever `window` is.
  bool keep_all = false;
  /// How long after its end the bytes of a segment stay in memory at least, in target durations.
  /// Older ones are read from the store once they are stored.
  int memory_targets = 6;
};

/// The configuration of a run of a track, and its initialization section.
struct STREAMKIT_API LiveRun {
  std::uint64_t number = 0;
  LiveTrackInfo info;
  /// ftyp and moov.
  SharedText init;
};

/// A track as players may see it at one moment.
struct STREAMKIT_API LiveTrackState {
  /// Never empty, oldest first: those that a listed segment needs, and the newest.
  std::vector<std::shared_ptr<const LiveRun>> runs;
  /// Oldest first, with numbers that grow. Only the last one may be incomplete.
  std::vector<std::shared_ptr<const LiveSegment>> segments;
  /// How many discontinuities are before the first listed segment.
  std::uint64_t removed_discontinuities = 0;

  [[nodiscard]] const LiveTrackInfo& info() const noexcept { return runs.back()->info; }
  /// The run of a listed segment.
  [[nodiscard]] const LiveRun& run_of(const LiveSegment& segment) const noexcept;
};

/// A stream as players may see it at one moment.
/// Thread-safety: immutable.
struct STREAMKIT_API LiveTracksState {
  /// Counts the changes.
  std::uint64_t version = 0;
  /// No value: the stream has no playlist yet.
  std::optional<LiveTargets> targets = {};
  bool ended = false;
  /// The wall-clock time of media time 0: constant from the first part on.
  std::optional<WallTime> date_of_zero = {};
  /// Null for a track without a run.
  std::vector<std::shared_ptr<const LiveTrackState>> tracks;

  /// Returns the index of a track by its name; nothing for an unknown one.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view track) const noexcept;
};

/// The bytes of a segment or of a part of one.
struct STREAMKIT_API LiveBytes {
  enum class State {
    Ready,     ///< `texts` or the object `stored_as` is all of it.
    Growing,   ///< `texts` is the beginning. More comes with the next change of the track.
    Expected,  ///< It is the next to come. A request for it should wait for a change of the track.
    Unknown    ///< It does not exist, or not any more.
  };
  State state = State::Unknown;
  std::vector<SharedText> texts = {};
  /// The key of the object that holds the segment; empty while it is in memory.
  std::string stored_as = {};
  /// The range of that object.
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
};

/// A complete segment that should be stored.
struct STREAMKIT_API LiveSegmentFile {
  std::size_t track = 0;
  std::uint64_t number = 0;
  /// "{run}/{track}/seg_{number}.m4s", without a prefix.
  std::string name;
  std::vector<SharedText> texts;
};

/// Receives what happens to a stream. Called by the thread that adds to it, without a lock.
struct STREAMKIT_API LiveTracksHooks {
  /// A track has a new part, a complete segment, or has ended.
  std::function<void(std::size_t track)> on_change = {};
  /// The caller stores the segment, then calls LiveTracks::set_stored(). Empty: all stays in
  /// memory.
  std::function<void(LiveSegmentFile)> on_complete = {};
  /// A segment is not listed any more. If it is stored, the caller may remove it after a while: a
  /// player may load it for as long as the playlist lasted. It then calls
  /// LiveTracks::set_removed().
  std::function<void(std::size_t track, std::uint64_t number)> on_unlisted = {};
};

/// The media of one live stream: which segments and parts there are, and their newest bytes.
/// Thread-safety: one thread at a time calls the methods of LiveTrackSink, set_targets() and end();
/// all others may be called from any thread, concurrently.
class STREAMKIT_API LiveTracks final : public LiveTrackSink {
 public:
  /// `tracks` are the names of the tracks, as LiveTrackInfo::name will have them. The targets of
  /// `hooks` and `context` must outlive this object.
  LiveTracks(std::vector<std::string> tracks, LiveTracksOptions options, LiveTracksHooks hooks = {},
             Context context = {});

  /// Fixes the targets, from which on there are playlists. Only the first call has an effect.
  void set_targets(LiveTargets targets);
  /// Errors: InvalidArgument (an unknown track, or a name other than the announced one).
  Result<void> begin_run(std::size_t track, const LiveTrackInfo& info, Bytes init) override;
  /// Errors: InvalidArgument (an unknown track; no run was begun; a complete segment).
  Result<void> add_part(std::size_t track, std::uint64_t number, const LivePart& part,
                        Bytes bytes) override;
  Result<void> end_segment(std::size_t track, std::uint64_t number) override;
  /// Completes the open segments. Nothing can be added any more.
  void end();

  /// The segment is stored in the object `key`: its bytes may leave the memory.
  void set_stored(std::size_t track, std::uint64_t number, std::string key);
  /// The object of a segment that is not listed any more is removed.
  void set_removed(std::size_t track, std::uint64_t number);

  [[nodiscard]] std::shared_ptr<const LiveTracksState> state() const;
  /// Returns null for an unknown run.
  [[nodiscard]] SharedText init(std::size_t track, std::uint64_t run) const;
  /// The segment after the last one of a stream that has ended is empty.
  [[nodiscard]] LiveBytes segment(std::size_t track, std::uint64_t number) const;
  /// `part` counts from 0 within the segment.
  [[nodiscard]] LiveBytes part(std::size_t track, std::uint64_t number, std::size_t part) const;

 private:
  struct Held {
    std::shared_ptr<const LiveSegment> segment;
    std::vector<SharedText> texts;
    std::string stored_as;
  };
  struct Track {
    std::string name;
    std::shared_ptr<const LiveTrackState> state = {};
    // By number; also segments that are not listed any more.
    std::map<std::uint64_t, Held> held = {};
  };
  struct Events;

  void complete(std::size_t track, Events& events);
  void fix_date(const LivePart& part);
  void set_segment(LiveTrackState& state, Track& track, LiveSegment segment);
  void trim(std::size_t track, LiveTrackState& state, Events& events) const;
  void release_bytes(Track& track) const;
  void publish(std::size_t track, LiveTrackState state, Events& events);
  void report(Events events) const;

  const LiveTracksOptions options_;
  const LiveTracksHooks hooks_;
  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::vector<Track> tracks_;
  std::shared_ptr<const LiveTracksState> state_;
};

}  // namespace streamkit::live
