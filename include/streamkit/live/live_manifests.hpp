#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/shared_text.hpp>
#include <streamkit/dash/live_periods.hpp>
#include <streamkit/hls/bandwidth_meter.hpp>
#include <streamkit/hls/live_playlist.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/reload_request.hpp>
#include <streamkit/live/live_tracks.hpp>
#include <string>
#include <vector>

namespace streamkit::live {

struct STREAMKIT_API LiveManifestsOptions {
  /// The grid on which segments are cut.
  MediaTime segment_duration = std::chrono::seconds(2);
  /// As LiveTracksOptions::window; announced by DASH.
  MediaTime window = std::chrono::seconds(60);
  /// As LiveTracksOptions::keep_all.
  bool keep_all = false;
  /// Where DASH players read the time, relative to the manifest. Empty: nowhere.
  std::string time_url = {};
};

enum class MpdKind {
  Number,   ///< Low latency: segments have numbers and one duration.
  Timeline  ///< Each complete segment with its exact time.
};

/// A media playlist, or what a request for it has to do.
struct STREAMKIT_API LivePlaylistReply {
  /// Wait: until the track changes.
  hls::ReloadAction action = hls::ReloadAction::Wait;
  SharedText text = {};
  /// The response never changes, since it is that of a request with delivery directives.
  bool immutable = false;
  /// Reject: why.
  std::string reason = {};
};

/// Writes the playlists and manifests of one live stream. Each text is written once for each change
/// of the stream.
/// Thread-safety: note_change() as LiveTracksHooks::on_change calls it; the others from any thread,
/// concurrently.
class STREAMKIT_API LiveManifests {
 public:
  /// `tracks` and the targets of `context` must outlive this object.
  LiveManifests(const LiveTracks& tracks, LiveManifestsOptions options, Context context)
      : tracks_(tracks), options_(std::move(options)), context_(std::move(context)) {}

  /// Measures what is new. Call it from LiveTracksHooks::on_change.
  void note_change(std::size_t track);

  /// The multivariant playlist. Null: there is none yet.
  [[nodiscard]] SharedText multivariant();
  [[nodiscard]] LivePlaylistReply playlist(std::size_t track, const hls::ReloadRequest& request);
  /// Null: there is none yet, or it is not a video track.
  [[nodiscard]] SharedText i_frame_playlist(std::size_t track);
  /// Null: there is none yet.
  [[nodiscard]] SharedText mpd(MpdKind kind);

 private:
  struct Measured {
    std::optional<hls::BandwidthMeter> bandwidth;
    std::optional<hls::BandwidthMeter> i_frames;
    std::uint64_t i_frames_removed = 0;
    std::map<std::uint64_t, std::uint64_t> i_frame_counts;  // by segment
    std::uint64_t next_number = 0;
  };
  struct Text {
    std::uint64_t version = 0;
    SharedText text;
  };
  using Write = std::string (LiveManifests::*)(const LiveTracksState&, std::size_t);

  [[nodiscard]] SharedText text_of(const std::string& name, std::size_t track, Write write);
  [[nodiscard]] std::string write_multivariant(const LiveTracksState& state, std::size_t);
  [[nodiscard]] std::string write_playlist(const LiveTracksState& state, std::size_t track);
  [[nodiscard]] std::string write_delta(const LiveTracksState& state, std::size_t track);
  [[nodiscard]] std::string write_i_frames(const LiveTracksState& state, std::size_t track);
  [[nodiscard]] std::string write_mpd(const LiveTracksState& state, std::size_t kind);
  [[nodiscard]] hls::MediaPlaylist media_playlist(const LiveTracksState& state,
                                                  std::size_t track) const;
  [[nodiscard]] hls::LivePlaylistOptions playlist_options(const LiveTracksState& state,
                                                          const LiveTrackState& track) const;
  [[nodiscard]] hls::Bandwidth bandwidth(const LiveTracksState& state, std::size_t track) const;
  void measure(const LiveTracksState& state, std::size_t track);
  void extend_periods(const LiveTracksState& state);

  const LiveTracks& tracks_;
  const LiveManifestsOptions options_;
  const Context context_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::vector<Measured> measured_;
  std::vector<dash::PeriodStart> number_periods_;
  std::vector<dash::PeriodStart> timeline_periods_;
  std::uint64_t next_period_number_ = 0;
  std::map<std::string, Text> texts_;
};

}  // namespace streamkit::live
