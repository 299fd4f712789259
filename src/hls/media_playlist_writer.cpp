#include <streamkit/hls/media_playlist.hpp>

#include "hls/low_latency_tags.hpp"
#include "hls/playlist_line.hpp"
#include "hls/playlist_text.hpp"

namespace streamkit::hls {
namespace {

// What a segment and an open one begin with.
template <typename Segment>
void append_beginning(std::string& out, const Segment& segment) {
  if (segment.discontinuity) out += "#EXT-X-DISCONTINUITY\n";
  if (segment.map) append_map(out, *segment.map);
  if (segment.program_date_time) append_program_date_time(out, *segment.program_date_time);
  for (const PartialSegment& part : segment.parts) append_part(out, part);
}

void append_segment(std::string& out, const MediaSegment& segment, int version) {
  append_beginning(out, segment);
  if (segment.gap) out += "#EXT-X-GAP\n";
  append_extinf(out, segment.duration, segment.title, segment.byte_range, version);
  out += segment.uri;
  out += '\n';
}

}  // namespace

void append_header(std::string& out, const MediaPlaylist& playlist) {
  out += "#EXTM3U\n";
  out += Line("#EXT-X-VERSION:").integer(static_cast<std::uint64_t>(playlist.version)).text("\n");
  out += Line("#EXT-X-TARGETDURATION:")
             .integer(static_cast<std::uint64_t>(playlist.target_duration.count()))
             .text("\n");
  if (playlist.server_control) append_server_control(out, *playlist.server_control);
  if (playlist.part_target) append_part_information(out, *playlist.part_target);
  out += Line("#EXT-X-MEDIA-SEQUENCE:").integer(playlist.media_sequence).text("\n");
  if (playlist.discontinuity_sequence != 0) {
    out +=
        Line("#EXT-X-DISCONTINUITY-SEQUENCE:").integer(playlist.discontinuity_sequence).text("\n");
  }
  if (playlist.type == PlaylistType::Event) out += "#EXT-X-PLAYLIST-TYPE:EVENT\n";
  if (playlist.type == PlaylistType::Vod) out += "#EXT-X-PLAYLIST-TYPE:VOD\n";
  if (playlist.independent_segments) out += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  if (playlist.i_frames_only) out += "#EXT-X-I-FRAMES-ONLY\n";
  if (playlist.skipped_segments) append_skip(out, *playlist.skipped_segments);
}

void append_map(std::string& out, const InitializationSection& map) {
  out += "#EXT-X-MAP:URI=\"";
  out += map.uri;
  out += '"';
  if (map.byte_range) out += Line(",BYTERANGE=\"").byte_range(*map.byte_range).text("\"");
  out += '\n';
}

void append_program_date_time(std::string& out, ProgramDateTime time) {
  out += Line("#EXT-X-PROGRAM-DATE-TIME:").date_time(time).text("\n");
}

void append_extinf(std::string& out, MediaTime duration, std::string_view title,
                   const std::optional<ByteRange>& byte_range, int version) {
  constexpr int kFirstVersionWithDecimals = 3;
  constexpr int kUsualDecimals = 3;
  Line line("#EXTINF:");
  line.seconds(duration, version < kFirstVersionWithDecimals ? 0 : kUsualDecimals).text(",");
  if (!title.empty()) {
    out += line;
    out += title;
    line.clear();
  }
  line.text("\n");
  if (byte_range) line.text("#EXT-X-BYTERANGE:").byte_range(*byte_range).text("\n");
  out += line;
}

std::string write_media_playlist(const MediaPlaylist& playlist) {
  std::string text;
  append_header(text, playlist);
  for (const MediaSegment& segment : playlist.segments) {
    append_segment(text, segment, playlist.version);
  }
  if (playlist.open_segment) append_beginning(text, *playlist.open_segment);
  for (const PreloadHint& hint : playlist.preload_hints) append_preload_hint(text, hint);
  for (const RenditionReport& report : playlist.rendition_reports) {
    append_rendition_report(text, report);
  }
  if (playlist.end_list) text += kEndListLine;
  return text;
}

}  // namespace streamkit::hls
