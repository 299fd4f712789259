#include <algorithm>
#include <streamkit/hls/live_multivariant.hpp>
#include <vector>

namespace streamkit::hls {
namespace {

constexpr const char* kAudioGroup = "audio";

bool is_video(const AnnouncedTrack& track) noexcept { return track.info.kind == TrackKind::Video; }

std::string uri_of(const AnnouncedTrack& track, const std::string& playlist) {
  return track.info.name + "/" + playlist;
}

// What is played beside a video track.
struct Audio {
  Bandwidth bandwidth;
  std::string codecs;
  std::vector<const AnnouncedTrack*> tracks;
};

// A player plays one audio track of the group: the bandwidth is that of the largest, the codecs
// are those of all.
Audio audio_of(std::span<const AnnouncedTrack> tracks) {
  Audio audio;
  std::vector<std::string_view> codecs;
  for (const AnnouncedTrack& track : tracks) {
    if (is_video(track)) continue;
    audio.tracks.push_back(&track);
    audio.bandwidth.peak_bps = std::max(audio.bandwidth.peak_bps, track.bandwidth.peak_bps);
    audio.bandwidth.average_bps =
        std::max(audio.bandwidth.average_bps, track.bandwidth.average_bps);
    if (std::find(codecs.begin(), codecs.end(), track.info.codecs) != codecs.end()) continue;
    codecs.push_back(track.info.codecs);
    if (!audio.codecs.empty()) audio.codecs += ',';
    audio.codecs += track.info.codecs;
  }
  return audio;
}

Rendition audio_rendition(const AnnouncedTrack& track, bool is_first, const std::string& playlist) {
  return {.type = Rendition::Type::Audio,
          .group_id = kAudioGroup,
          // Unique in its group.
          .name = track.language.empty() ? track.info.name
                                         : track.info.name + " (" + track.language + ")",
          .uri = uri_of(track, playlist),
          .language = track.language,
          .is_default = is_first,
          .autoselect = true,
          .channels = track.info.channels > 0 ? std::to_string(track.info.channels) : ""};
}

VariantInfo video_info(const AnnouncedTrack& track, const Bandwidth& bandwidth, std::string uri) {
  VariantInfo info{.uri = std::move(uri),
                   .bandwidth_bps = bandwidth.peak_bps,
                   .average_bandwidth_bps = bandwidth.average_bps,
                   .codecs = track.info.codecs,
                   .video_layout = track.video_layout};
  if (track.info.width_px > 0 && track.info.height_px > 0) {
    info.resolution = Resolution{static_cast<std::uint64_t>(track.info.width_px),
                                 static_cast<std::uint64_t>(track.info.height_px)};
  }
  return info;
}

Variant video_variant(const AnnouncedTrack& track, const Audio& audio,
                      const std::string& playlist) {
  const Bandwidth together{track.bandwidth.peak_bps + audio.bandwidth.peak_bps,
                           track.bandwidth.average_bps + audio.bandwidth.average_bps};
  Variant variant{.info = video_info(track, together, uri_of(track, playlist))};
  if (!audio.codecs.empty()) variant.info.codecs += "," + audio.codecs;
  const FrameRate rate = track.info.frame_rate;
  if (rate.valid()) {
    variant.frame_rate_millihertz = (std::uint64_t{1000} * static_cast<std::uint64_t>(rate.num) +
                                     static_cast<std::uint64_t>(rate.den) / 2) /
                                    static_cast<std::uint64_t>(rate.den);
  }
  return variant;
}

Variant audio_variant(const AnnouncedTrack& track, const std::string& playlist) {
  return {.info = {.uri = uri_of(track, playlist),
                   .bandwidth_bps = track.bandwidth.peak_bps,
                   .average_bandwidth_bps = track.bandwidth.average_bps,
                   .codecs = track.info.codecs}};
}

}  // namespace

MultivariantPlaylist live_multivariant_playlist(std::span<const AnnouncedTrack> tracks,
                                                const LiveMultivariantOptions& options) {
  MultivariantPlaylist playlist;
  playlist.independent_segments = true;
  const Audio audio = audio_of(tracks);
  for (const AnnouncedTrack& track : tracks) {
    if (!is_video(track)) continue;
    playlist.variants.push_back(video_variant(track, audio, options.playlist_name));
    if (!track.i_frames) continue;
    playlist.i_frame_variants.push_back(
        video_info(track, *track.i_frames, uri_of(track, options.i_frame_playlist_name)));
  }
  const bool has_video = !playlist.variants.empty();
  for (const AnnouncedTrack* track : audio.tracks) {
    const bool is_first = track == audio.tracks.front();
    if (has_video) {
      playlist.renditions.push_back(audio_rendition(*track, is_first, options.playlist_name));
    }
    if (is_first || !has_video) {
      playlist.variants.push_back(audio_variant(*track, options.playlist_name));
    }
  }
  for (Variant& variant : playlist.variants) {
    if (has_video && !audio.tracks.empty()) variant.audio_group = kAudioGroup;
    if (!options.subtitles.empty()) {
      variant.subtitles_group = options.subtitles.front().group_id;
    }
  }
  playlist.renditions.insert(playlist.renditions.end(), options.subtitles.begin(),
                             options.subtitles.end());
  return playlist;
}

}  // namespace streamkit::hls
