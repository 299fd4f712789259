#include <streamkit/live/playlist_manifest.hpp>

#include <streamkit/hls/playlist_builder.hpp>

namespace streamkit::live {

ManifestFactory media_playlist_factory(const SegmentUrls* segment_urls) {
  return [segment_urls](const Session& session) -> std::unique_ptr<ManifestWriter> {
    return std::make_unique<hls::PlaylistBuilder>(hls::PlaylistBuilderOptions{
        .chunk_duration = session.chunk_duration,
        .program_date_time = session.created_at,
        .uri_prefix = {},
        .uri_of = segment_urls ? segment_urls->uris_of(session) : SegmentUris{}});
  };
}

ManifestFactories media_playlist_only(const SegmentUrls* segment_urls) {
  ManifestFactories factories;
  factories.emplace(kMediaPlaylistName, media_playlist_factory(segment_urls));
  return factories;
}

}  // namespace streamkit::live
