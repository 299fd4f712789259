#include <streamkit/core/media_time.hpp>
#include <streamkit/hls/multivariant_playlist.hpp>

#include "hls/playlist_line.hpp"

namespace streamkit::hls {
namespace {

void append_quoted(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += ',';
  out += name;
  out += "=\"";
  out += value;
  out += '"';
}

std::string_view name_of(Rendition::Type type) noexcept {
  switch (type) {
    case Rendition::Type::Audio:
      return "AUDIO";
    case Rendition::Type::Video:
      return "VIDEO";
    case Rendition::Type::Subtitles:
      return "SUBTITLES";
    case Rendition::Type::ClosedCaptions:
      return "CLOSED-CAPTIONS";
  }
  return {};
}

void append_rendition(std::string& out, const Rendition& rendition) {
  out += "#EXT-X-MEDIA:TYPE=";
  out += name_of(rendition.type);
  append_quoted(out, "GROUP-ID", rendition.group_id);
  append_quoted(out, "NAME", rendition.name);
  append_quoted(out, "LANGUAGE", rendition.language);
  if (rendition.is_default) out += ",DEFAULT=YES";
  if (rendition.autoselect) out += ",AUTOSELECT=YES";
  if (rendition.forced) out += ",FORCED=YES";
  append_quoted(out, "INSTREAM-ID", rendition.instream_id);
  append_quoted(out, "CHARACTERISTICS", rendition.characteristics);
  append_quoted(out, "CHANNELS", rendition.channels);
  append_quoted(out, "URI", rendition.uri);
  out += '\n';
}

// Appends the attributes from BANDWIDTH on, all but the URI.
void append_info(std::string& out, const VariantInfo& info) {
  out += Line("BANDWIDTH=").integer(info.bandwidth_bps);
  if (info.average_bandwidth_bps) {
    out += Line(",AVERAGE-BANDWIDTH=").integer(*info.average_bandwidth_bps);
  }
  append_quoted(out, "CODECS", info.codecs);
  if (info.resolution) {
    out += Line(",RESOLUTION=")
               .integer(info.resolution->width_px)
               .text("x")
               .integer(info.resolution->height_px);
  }
  if (!info.video_range.empty()) out.append(",VIDEO-RANGE=").append(info.video_range);
  append_quoted(out, "REQ-VIDEO-LAYOUT", info.video_layout);
  append_quoted(out, "VIDEO", info.video_group);
}

void append_variant(std::string& out, const Variant& variant) {
  constexpr int kDecimals = 3;
  out += "#EXT-X-STREAM-INF:";
  append_info(out, variant.info);
  if (variant.frame_rate_millihertz) {
    // A decimal number, as seconds are.
    const auto thousandths = static_cast<std::int64_t>(*variant.frame_rate_millihertz);
    out += Line(",FRAME-RATE=").seconds(from_ticks(thousandths, 1, 1000), kDecimals);
  }
  append_quoted(out, "AUDIO", variant.audio_group);
  append_quoted(out, "SUBTITLES", variant.subtitles_group);
  if (variant.closed_captions) {
    append_quoted(out, "CLOSED-CAPTIONS", *variant.closed_captions);
    if (variant.closed_captions->empty()) out += ",CLOSED-CAPTIONS=NONE";
  }
  out += '\n';
  out += variant.info.uri;
  out += '\n';
}

}  // namespace

std::string write_multivariant_playlist(const MultivariantPlaylist& playlist) {
  std::string text = "#EXTM3U\n";
  text += Line("#EXT-X-VERSION:").integer(static_cast<std::uint64_t>(playlist.version)).text("\n");
  if (playlist.independent_segments) text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  for (const Rendition& rendition : playlist.renditions) append_rendition(text, rendition);
  for (const Variant& variant : playlist.variants) append_variant(text, variant);
  for (const VariantInfo& info : playlist.i_frame_variants) {
    text += "#EXT-X-I-FRAME-STREAM-INF:";
    append_info(text, info);
    append_quoted(text, "URI", info.uri);
    text += '\n';
  }
  return text;
}

}  // namespace streamkit::hls
