#include <algorithm>
#include <array>
#include <limits>
#include <streamkit/core/text.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <utility>

#include "hls/attribute_list.hpp"
#include "hls/low_latency_tags.hpp"
#include "hls/playlist_lines.hpp"
#include "hls/playlist_values.hpp"
#include "hls/utf8.hpp"

namespace streamkit::hls {
namespace {

constexpr std::string_view kBlanks = " \t";

// Parses in one pass over the lines; collects the tags of a segment until its URI is read.
class Parser {
 public:
  Result<MediaPlaylist> run(std::string_view text);

 private:
  using Handler = Result<void> (Parser::*)(std::string_view value);
  struct Tag {
    std::string_view name;
    Handler handle;
    bool once;
  };
  static constexpr std::size_t kTagCount = 28;
  static const std::array<Tag, kTagCount> kTags;

  Result<void> on_line(std::string_view line);
  Result<void> on_tag(std::string_view line);
  Result<void> on_uri(std::string_view uri);

  Result<void> on_version(std::string_view value);
  Result<void> on_target_duration(std::string_view value);
  Result<void> on_media_sequence(std::string_view value);
  Result<void> on_discontinuity_sequence(std::string_view value);
  Result<void> on_playlist_type(std::string_view value);
  Result<void> on_independent_segments(std::string_view value);
  Result<void> on_end_list(std::string_view value);
  Result<void> on_extinf(std::string_view value);
  Result<void> on_byte_range(std::string_view value);
  Result<void> on_map(std::string_view value);
  Result<void> on_key(std::string_view value);
  Result<void> on_program_date_time(std::string_view value);
  Result<void> on_discontinuity(std::string_view value);
  Result<void> on_gap(std::string_view value);
  Result<void> on_i_frames_only(std::string_view value);
  Result<void> on_server_control(std::string_view value);
  Result<void> on_part_information(std::string_view value);
  Result<void> on_skip(std::string_view value);
  Result<void> on_part(std::string_view value);
  Result<void> on_preload_hint(std::string_view value);
  Result<void> on_rendition_report(std::string_view value);
  Result<void> on_multivariant(std::string_view value);
  Result<void> on_unsupported(std::string_view value);

  Error expected(std::string_view what) const { return error_at(line_, what); }

  MediaPlaylist playlist_;
  std::uint64_t line_ = 0;
  std::array<bool, kTagCount> seen_ = {};
  bool has_target_duration_ = false;

  // The segment whose URI has not been read yet.
  MediaSegment next_;
  bool has_extinf_ = false;
  // Kept as text: an offset left out follows from the URI.
  std::optional<std::string_view> byte_range_;
};

const std::array<Parser::Tag, Parser::kTagCount> Parser::kTags = {{
    {"#EXTINF", &Parser::on_extinf, false},
    {"#EXT-X-BYTERANGE", &Parser::on_byte_range, false},
    {"#EXT-X-PART", &Parser::on_part, false},
    {"#EXT-X-PROGRAM-DATE-TIME", &Parser::on_program_date_time, false},
    {"#EXT-X-MAP", &Parser::on_map, false},
    {"#EXT-X-KEY", &Parser::on_key, false},
    {"#EXT-X-DISCONTINUITY", &Parser::on_discontinuity, false},
    {"#EXT-X-GAP", &Parser::on_gap, false},
    {"#EXT-X-VERSION", &Parser::on_version, true},
    {"#EXT-X-TARGETDURATION", &Parser::on_target_duration, true},
    {"#EXT-X-MEDIA-SEQUENCE", &Parser::on_media_sequence, true},
    {"#EXT-X-DISCONTINUITY-SEQUENCE", &Parser::on_discontinuity_sequence, true},
    {"#EXT-X-PLAYLIST-TYPE", &Parser::on_playlist_type, true},
    {"#EXT-X-INDEPENDENT-SEGMENTS", &Parser::on_independent_segments, true},
    {"#EXT-X-ENDLIST", &Parser::on_end_list, true},
    {"#EXT-X-I-FRAMES-ONLY", &Parser::on_i_frames_only, true},
    {"#EXT-X-SERVER-CONTROL", &Parser::on_server_control, true},
    {"#EXT-X-PART-INF", &Parser::on_part_information, true},
    {"#EXT-X-SKIP", &Parser::on_skip, true},
    {"#EXT-X-PRELOAD-HINT", &Parser::on_preload_hint, false},
    {"#EXT-X-RENDITION-REPORT", &Parser::on_rendition_report, false},
    {"#EXT-X-STREAM-INF", &Parser::on_multivariant, false},
    {"#EXT-X-I-FRAME-STREAM-INF", &Parser::on_multivariant, false},
    {"#EXT-X-MEDIA", &Parser::on_multivariant, false},
    {"#EXT-X-SESSION-DATA", &Parser::on_multivariant, false},
    {"#EXT-X-SESSION-KEY", &Parser::on_multivariant, false},
    {"#EXT-X-CONTENT-STEERING", &Parser::on_multivariant, false},
    {"#EXT-X-DEFINE", &Parser::on_unsupported, false},
}};

Result<MediaPlaylist> Parser::run(std::string_view text) {
  playlist_.version = 1;  // the version of a playlist without the tag
  auto read = read_lines(text, line_, [&](std::string_view line) { return on_line(line); });
  if (!read) return read.error();

  if (has_extinf_ || byte_range_) return expected("a URI for the segment described last");
  if (!has_target_duration_) return expected("#EXT-X-TARGETDURATION before the end");
  if (!next_.parts.empty()) {
    playlist_.open_segment = OpenSegment{std::move(next_.parts), std::move(next_.map),
                                         next_.program_date_time, next_.discontinuity};
  }
  return std::move(playlist_);
}

Result<void> Parser::on_line(std::string_view line) {
  return line.front() == '#' ? on_tag(line) : on_uri(line);
}

Result<void> Parser::on_tag(std::string_view line) {
  const auto [name, value] = split_tag(line);
  const auto tag = std::find_if(kTags.begin(), kTags.end(), [name = name](const Tag& candidate) {
    return candidate.name == name;
  });
  if (tag == kTags.end()) return {};
  if (tag->once && std::exchange(seen_[static_cast<std::size_t>(tag - kTags.begin())], true)) {
    return expected("no second " + std::string(name));
  }
  auto handled = (this->*tag->handle)(value);
  if (!handled && handled.error().code == ErrorCode::Unsupported) {
    return handled.error().with_context(name);
  }
  return handled;
}

Result<void> Parser::on_uri(std::string_view uri) {
  if (!has_extinf_) return expected("#EXTINF before a segment's URI");
  if (has_control_character(uri)) return expected("a URI without control characters");
  next_.uri = uri;
  if (byte_range_) {
    // RFC 8216 section 4.3.2.2: without an offset it continues the previous segment's range,
    // which must be one of the same resource.
    std::optional<std::uint64_t> follows;
    if (!playlist_.segments.empty() && playlist_.segments.back().uri == uri &&
        playlist_.segments.back().byte_range) {
      const ByteRange& previous = *playlist_.segments.back().byte_range;
      follows = previous.offset + previous.length;
    }
    next_.byte_range = parse_byte_range(*byte_range_, follows);
    if (!next_.byte_range) {
      return expected(
          "#EXT-X-BYTERANGE with length@offset, or with a length alone after a range of the same "
          "URI, before this URI");
    }
  }
  playlist_.segments.push_back(std::exchange(next_, MediaSegment{}));
  has_extinf_ = false;
  byte_range_.reset();
  return {};
}

Result<void> Parser::on_version(std::string_view value) {
  const auto version = parse_integer(value);
  if (!version || *version < 1 || *version > std::numeric_limits<int>::max()) {
    return expected("a version number of 1 or higher");
  }
  playlist_.version = static_cast<int>(*version);
  return {};
}

Result<void> Parser::on_target_duration(std::string_view value) {
  const auto seconds = parse_integer(value);
  if (!seconds || *seconds > std::numeric_limits<std::int32_t>::max()) {
    return expected("a target duration in whole seconds");
  }
  playlist_.target_duration = std::chrono::seconds(*seconds);
  has_target_duration_ = true;
  return {};
}

Result<void> Parser::on_media_sequence(std::string_view value) {
  const auto number = parse_integer(value);
  if (!number) return expected("a media sequence number");
  playlist_.media_sequence = *number;
  return {};
}

Result<void> Parser::on_discontinuity_sequence(std::string_view value) {
  const auto number = parse_integer(value);
  if (!number) return expected("a discontinuity sequence number");
  playlist_.discontinuity_sequence = *number;
  return {};
}

Result<void> Parser::on_playlist_type(std::string_view value) {
  if (value != "EVENT" && value != "VOD") return expected("the playlist type EVENT or VOD");
  playlist_.type = value == "EVENT" ? PlaylistType::Event : PlaylistType::Vod;
  return {};
}

Result<void> Parser::on_independent_segments(std::string_view) {
  playlist_.independent_segments = true;
  return {};
}

Result<void> Parser::on_end_list(std::string_view) {
  playlist_.end_list = true;
  return {};
}

Result<void> Parser::on_extinf(std::string_view value) {
  if (has_extinf_) return expected("a URI after the #EXTINF above");
  const auto comma = value.find(',');
  const auto duration = parse_seconds(trimmed(value.substr(0, comma), kBlanks));
  if (!duration) return expected("#EXTINF with a duration in seconds, 0 or more");
  const auto title = comma == value.npos ? std::string_view() : value.substr(comma + 1);
  if (has_control_character(title)) return expected("a title without control characters");
  next_.duration = *duration;
  next_.title = title;
  has_extinf_ = true;
  return {};
}

Result<void> Parser::on_byte_range(std::string_view value) {
  if (byte_range_) return expected("a URI after the #EXT-X-BYTERANGE above");
  byte_range_ = value;
  return {};
}

Result<void> Parser::on_map(std::string_view value) {
  InitializationSection map;
  AttributeReader attributes(value);
  while (const auto attribute = attributes.next()) {
    if (attribute->name == "URI") {
      if (!map.uri.empty() || !attribute->quoted || attribute->value.empty() ||
          has_control_character(attribute->value)) {
        return expected("one quoted URI in #EXT-X-MAP");
      }
      map.uri = attribute->value;
    } else if (attribute->name == "BYTERANGE") {
      const auto range = parse_byte_range(attribute->value, {});
      if (map.byte_range || !attribute->quoted || !range) {
        return expected("one BYTERANGE=\"length@offset\" in #EXT-X-MAP");
      }
      map.byte_range = range;
    }
  }
  if (attributes.failed() || map.uri.empty()) {
    return expected("#EXT-X-MAP with NAME=value pairs, URI among them");
  }
  next_.map = std::move(map);
  return {};
}

// Encrypted segments would not play if treated as clear, so an error is better than ignoring the
// tag.
Result<void> Parser::on_key(std::string_view value) {
  AttributeReader attributes(value);
  while (const auto attribute = attributes.next()) {
    if (attribute->name != "METHOD") continue;
    if (attribute->value == "NONE") return {};
    return on_unsupported(value);
  }
  return expected("#EXT-X-KEY with a METHOD");
}

Result<void> Parser::on_program_date_time(std::string_view value) {
  const auto time = parse_utc_time(value);
  if (!time) return expected("a date and time such as 2026-01-31T12:00:00.000Z");
  next_.program_date_time = time;
  return {};
}

Result<void> Parser::on_discontinuity(std::string_view) {
  next_.discontinuity = true;
  return {};
}

Result<void> Parser::on_gap(std::string_view) {
  next_.gap = true;
  return {};
}

Result<void> Parser::on_i_frames_only(std::string_view) {
  playlist_.i_frames_only = true;
  return {};
}

Result<void> Parser::on_server_control(std::string_view value) {
  playlist_.server_control = parse_server_control(value);
  if (!playlist_.server_control) {
    return expected("#EXT-X-SERVER-CONTROL with times in seconds, YES and NO");
  }
  return {};
}

Result<void> Parser::on_part_information(std::string_view value) {
  playlist_.part_target = parse_part_information(value);
  if (!playlist_.part_target) return expected("#EXT-X-PART-INF with a PART-TARGET in seconds");
  return {};
}

Result<void> Parser::on_skip(std::string_view value) {
  playlist_.skipped_segments = parse_skip(value);
  if (!playlist_.skipped_segments) return expected("#EXT-X-SKIP with SKIPPED-SEGMENTS");
  return {};
}

Result<void> Parser::on_part(std::string_view value) {
  if (!playlist_.part_target) return {};
  const PartialSegment* previous = nullptr;
  if (!next_.parts.empty()) {
    previous = &next_.parts.back();
  } else if (!playlist_.segments.empty() && !playlist_.segments.back().parts.empty()) {
    previous = &playlist_.segments.back().parts.back();
  }
  auto part = parse_part(value, previous);
  if (!part) {
    return expected(
        "#EXT-X-PART with DURATION and URI, and a BYTERANGE, if any, of length@offset or of a "
        "length alone after a range of the same URI");
  }
  next_.parts.push_back(*std::move(part));
  return {};
}

Result<void> Parser::on_preload_hint(std::string_view value) {
  auto parsed = parse_preload_hint(value);
  if (!parsed) return expected("#EXT-X-PRELOAD-HINT with TYPE and URI");
  if (!parsed->has_unknown_type) playlist_.preload_hints.push_back(std::move(parsed->hint));
  return {};
}

Result<void> Parser::on_rendition_report(std::string_view value) {
  auto report = parse_rendition_report(value);
  if (!report) return expected("#EXT-X-RENDITION-REPORT with a URI, LAST-MSN and LAST-PART");
  playlist_.rendition_reports.push_back(*std::move(report));
  return {};
}

Result<void> Parser::on_multivariant(std::string_view) {
  return expected("a media playlist; this is a multivariant one");
}

Result<void> Parser::on_unsupported(std::string_view) {
  return Error{ErrorCode::Unsupported, "changes what the segments mean and is not supported"};
}

}  // namespace

Result<MediaPlaylist> parse_media_playlist(std::string_view text) { return Parser().run(text); }

}  // namespace streamkit::hls
