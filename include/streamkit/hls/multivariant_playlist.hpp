#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

// Strings are UTF-8 without control characters; those in quotes have no '"'. An empty string means
// that the attribute is not there.
namespace streamkit::hls {

/// EXT-X-MEDIA: an alternative of the audio, the video or the text of a presentation.
struct STREAMKIT_API Rendition {
  enum class Type { Audio, Video, Subtitles, ClosedCaptions };
  Type type = Type::Audio;
  /// Variants name the group. Not empty.
  std::string group_id;
  /// For people. Not empty.
  std::string name;
  /// The media playlist. Empty: it is contained in that of each variant.
  std::string uri = {};
  /// As in RFC 5646, "en".
  std::string language = {};
  bool is_default = false;
  /// Players may choose it by the language of the system.
  bool autoselect = false;
  bool forced = false;
  /// Closed captions only: "CC1".
  std::string instream_id = {};
  std::string characteristics = {};
  /// Audio only: "2".
  std::string channels = {};
  friend bool operator==(const Rendition&, const Rendition&) = default;
};

struct STREAMKIT_API Resolution {
  std::uint64_t width_px = 0;
  std::uint64_t height_px = 0;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

/// The attributes that EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF have in common.
struct STREAMKIT_API VariantInfo {
  /// Not empty, does not start with '#'.
  std::string uri;
  /// The peak segment bit rate of the media playlist and of what is played with it.
  std::uint64_t bandwidth_bps = 0;
  std::optional<std::uint64_t> average_bandwidth_bps = {};
  /// As in RFC 6381, separated by commas.
  std::string codecs = {};
  std::optional<Resolution> resolution = {};
  /// "SDR", "HLG" or "PQ".
  std::string video_range = {};
  /// REQ-VIDEO-LAYOUT, such as "CH-STEREO".
  std::string video_layout = {};
  /// The group of video renditions.
  std::string video_group = {};
  friend bool operator==(const VariantInfo&, const VariantInfo&) = default;
};

/// EXT-X-STREAM-INF: a variant of the presentation.
struct STREAMKIT_API Variant {
  VariantInfo info;
  /// The highest frame rate, in thousandths of a hertz: 29970.
  std::optional<std::uint64_t> frame_rate_millihertz = {};
  std::string audio_group = {};
  std::string subtitles_group = {};
  /// The group of closed captions; an empty string is NONE: no variant has any.
  std::optional<std::string> closed_captions = {};
  friend bool operator==(const Variant&, const Variant&) = default;
};

/// A multivariant playlist as a plain value.
/// Source: RFC 8216 section 4.3.4, and draft-pantos-hls-rfc8216bis for VIDEO-RANGE and
/// REQ-VIDEO-LAYOUT.
struct STREAMKIT_API MultivariantPlaylist {
  int version = 6;
  /// Every segment of every media playlist can be decoded without any other.
  bool independent_segments = false;
  std::vector<Rendition> renditions;
  std::vector<Variant> variants;
  /// Their URIs are I-frame playlists, for trick play.
  std::vector<VariantInfo> i_frame_variants = {};
  friend bool operator==(const MultivariantPlaylist&, const MultivariantPlaylist&) = default;
};

/// Writes the playlist in its canonical form, with one '\n' after each line, so that
/// `parse_multivariant_playlist(write_multivariant_playlist(p)) == p` for every playlist.
STREAMKIT_API [[nodiscard]] std::string write_multivariant_playlist(
    const MultivariantPlaylist& playlist);

/// Parses a playlist in the spelling of any server; the inverse of write_multivariant_playlist().
/// Tags and attributes that the value does not represent are ignored. Linear in time and memory.
/// Errors: CorruptData names the line and what is expected there; Unsupported for variables.
STREAMKIT_API Result<MultivariantPlaylist> parse_multivariant_playlist(std::string_view text);

}  // namespace streamkit::hls
