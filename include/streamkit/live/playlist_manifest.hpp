#pragma once

#include <string_view>

#include <streamkit/core/api.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/segment_urls.hpp>

namespace streamkit::live {

/// The name of a session's HLS media playlist, and of its key in ManifestService.
inline constexpr std::string_view kMediaPlaylistName = "playlist.m3u8";

/// Creates the HLS media playlist (EVENT) of a session. `segment_urls` names the segments and must
/// outlive the factory; null: relative names next to the playlist.
STREAMKIT_API [[nodiscard]] ManifestFactory media_playlist_factory(
    const SegmentUrls* segment_urls = nullptr);

/// Returns the manifests of a stream with one rendition: the media playlist alone.
STREAMKIT_API [[nodiscard]] ManifestFactories media_playlist_only(
    const SegmentUrls* segment_urls = nullptr);

}  // namespace streamkit::live
