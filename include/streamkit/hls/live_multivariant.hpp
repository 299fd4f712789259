#pragma once

#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/live_track.hpp>
#include <streamkit/hls/bandwidth_meter.hpp>
#include <streamkit/hls/multivariant_playlist.hpp>
#include <string>

namespace streamkit::hls {

/// A track as the multivariant playlist announces it.
struct STREAMKIT_API AnnouncedTrack {
  LiveTrackInfo info;
  Bandwidth bandwidth;
  /// The bit rates of its I-frame playlist. Empty: there is no such playlist.
  std::optional<Bandwidth> i_frames = {};
  /// As in RFC 5646; empty: unknown.
  std::string language = {};
  /// "CH-STEREO" for video with both views, as the standard defines it.
  std::string video_layout = {};
};

struct STREAMKIT_API LiveMultivariantOptions {
  /// The names of the playlists, below the name of each track.
  std::string playlist_name = "index.m3u8";
  std::string i_frame_playlist_name = "iframes.m3u8";
  /// Subtitles, with their URIs. All variants have all of them.
  std::vector<Rendition> subtitles = {};
};

/// Returns the multivariant playlist of a stream: a variant for each video track, in the order
/// given and with the audio tracks as its audio group, and one of the first audio track alone. A
/// stream without video has a variant for each audio track.
STREAMKIT_API [[nodiscard]] MultivariantPlaylist live_multivariant_playlist(
    std::span<const AnnouncedTrack> tracks, const LiveMultivariantOptions& options = {});

}  // namespace streamkit::hls
