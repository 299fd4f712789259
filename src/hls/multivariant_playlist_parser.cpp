#include <algorithm>
#include <array>
#include <limits>
#include <streamkit/hls/multivariant_playlist.hpp>
#include <utility>

#include "hls/attribute_list.hpp"
#include "hls/playlist_lines.hpp"
#include "hls/playlist_values.hpp"
#include "hls/utf8.hpp"

namespace streamkit::hls {
namespace {

// More than a tag of this kind can have.
constexpr std::uint64_t kMaxFrameRateMillihertz = 1'000'000'000;

bool read_resolution(const AttributeSlot& slot, std::optional<Resolution>& value) noexcept {
  if (!slot.found) return true;
  if (slot.found->quoted) return false;
  const std::string_view text = slot.found->value;
  const auto separator = text.find('x');
  if (separator == text.npos) return false;
  const auto width = parse_integer(text.substr(0, separator));
  const auto height = parse_integer(text.substr(separator + 1));
  if (!width || !height) return false;
  value = Resolution{*width, *height};
  return true;
}

bool read_frame_rate(const AttributeSlot& slot, std::optional<std::uint64_t>& value) noexcept {
  // A decimal number, as seconds are.
  std::optional<MediaTime> number;
  if (!read_seconds(slot, number)) return false;
  if (!number) return true;
  value = static_cast<std::uint64_t>(to_ticks(*number, 1, 1000));
  return *value <= kMaxFrameRateMillihertz;
}

// A word without quotes.
bool read_word(const AttributeSlot& slot, std::string& value) {
  if (!slot.found) return true;
  if (slot.found->quoted || has_control_character(slot.found->value)) return false;
  value = slot.found->value;
  return true;
}

bool read_closed_captions(const AttributeSlot& slot, std::optional<std::string>& value) {
  if (!slot.found) return true;
  value.emplace();
  if (slot.found->quoted) return read_text(slot, *value);
  return slot.found->value == "NONE";
}

bool read_type(const AttributeSlot& slot, Rendition::Type& value) noexcept {
  if (!slot.found) return false;
  constexpr std::array<std::pair<std::string_view, Rendition::Type>, 4> kTypes = {
      {{"AUDIO", Rendition::Type::Audio},
       {"VIDEO", Rendition::Type::Video},
       {"SUBTITLES", Rendition::Type::Subtitles},
       {"CLOSED-CAPTIONS", Rendition::Type::ClosedCaptions}}};
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& type) {
    return type.first == slot.found->value;
  });
  if (found == kTypes.end()) return false;
  value = found->second;
  return true;
}

std::optional<Rendition> parse_rendition(std::string_view value) {
  std::array<AttributeSlot, 11> slots = {{{"TYPE"},
                                          {"GROUP-ID"},
                                          {"NAME"},
                                          {"URI"},
                                          {"LANGUAGE"},
                                          {"DEFAULT"},
                                          {"AUTOSELECT"},
                                          {"FORCED"},
                                          {"INSTREAM-ID"},
                                          {"CHARACTERISTICS"},
                                          {"CHANNELS"}}};
  Rendition rendition;
  const bool valid =
      read_attributes(value, slots) && read_type(slots[0], rendition.type) &&
      read_text(slots[1], rendition.group_id) && read_text(slots[2], rendition.name) &&
      read_text(slots[3], rendition.uri) && read_text(slots[4], rendition.language) &&
      read_flag(slots[5], rendition.is_default) && read_flag(slots[6], rendition.autoselect) &&
      read_flag(slots[7], rendition.forced) && read_text(slots[8], rendition.instream_id) &&
      read_text(slots[9], rendition.characteristics) && read_text(slots[10], rendition.channels);
  if (!valid || rendition.group_id.empty() || rendition.name.empty()) return {};
  return rendition;
}

// Of EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF; the latter has no attributes of a Variant
// alone.
std::optional<Variant> parse_variant(std::string_view value, bool has_uri) {
  std::array<AttributeSlot, 12> slots = {{{"BANDWIDTH"},
                                          {"AVERAGE-BANDWIDTH"},
                                          {"CODECS"},
                                          {"RESOLUTION"},
                                          {"VIDEO-RANGE"},
                                          {"REQ-VIDEO-LAYOUT"},
                                          {"VIDEO"},
                                          {"FRAME-RATE"},
                                          {"AUDIO"},
                                          {"SUBTITLES"},
                                          {"CLOSED-CAPTIONS"},
                                          {"URI"}}};
  Variant variant;
  VariantInfo& info = variant.info;
  std::optional<std::uint64_t> bandwidth;
  const bool valid =
      read_attributes(value, slots) && read_integer(slots[0], bandwidth) &&
      read_integer(slots[1], info.average_bandwidth_bps) && read_text(slots[2], info.codecs) &&
      read_resolution(slots[3], info.resolution) && read_word(slots[4], info.video_range) &&
      read_text(slots[5], info.video_layout) && read_text(slots[6], info.video_group);
  if (!valid || !bandwidth) return {};
  info.bandwidth_bps = *bandwidth;
  if (has_uri) {
    if (!read_text(slots[11], info.uri) || info.uri.empty()) return {};
    return variant;
  }
  const bool valid_variant = read_frame_rate(slots[7], variant.frame_rate_millihertz) &&
                             read_text(slots[8], variant.audio_group) &&
                             read_text(slots[9], variant.subtitles_group) &&
                             read_closed_captions(slots[10], variant.closed_captions);
  if (!valid_variant) return {};
  return variant;
}

class Parser {
 public:
  Result<MultivariantPlaylist> run(std::string_view text);

 private:
  Result<void> on_tag(std::string_view name, std::string_view value);
  Result<void> on_version(std::string_view value);
  Result<void> on_uri(std::string_view uri);
  Error expected(std::string_view what) const { return error_at(line_, what); }

  MultivariantPlaylist playlist_ = {.version = 1, .renditions = {}, .variants = {}};
  std::uint64_t line_ = 0;
  bool has_version_ = false;
  // The variant whose URI has not been read yet.
  std::optional<Variant> next_;
};

Result<MultivariantPlaylist> Parser::run(std::string_view text) {
  auto read = read_lines(text, line_, [&](std::string_view line) -> Result<void> {
    if (line.front() != '#') return on_uri(line);
    const auto [name, value] = split_tag(line);
    return on_tag(name, value);
  });
  if (!read) return read.error();
  if (next_) return expected("a URI for the variant described last");
  if (playlist_.variants.empty() && playlist_.renditions.empty() &&
      playlist_.i_frame_variants.empty()) {
    return expected("#EXT-X-STREAM-INF before the end");
  }
  return std::move(playlist_);
}

Result<void> Parser::on_tag(std::string_view name, std::string_view value) {
  if (name == "#EXT-X-VERSION") return on_version(value);
  if (name == "#EXT-X-INDEPENDENT-SEGMENTS") {
    playlist_.independent_segments = true;
  } else if (name == "#EXT-X-MEDIA") {
    auto rendition = parse_rendition(value);
    if (!rendition) return expected("#EXT-X-MEDIA with TYPE, GROUP-ID and NAME");
    playlist_.renditions.push_back(*std::move(rendition));
  } else if (name == "#EXT-X-STREAM-INF") {
    if (next_) return expected("a URI after the #EXT-X-STREAM-INF above");
    next_ = parse_variant(value, false);
    if (!next_) return expected("#EXT-X-STREAM-INF with BANDWIDTH");
  } else if (name == "#EXT-X-I-FRAME-STREAM-INF") {
    auto variant = parse_variant(value, true);
    if (!variant) return expected("#EXT-X-I-FRAME-STREAM-INF with BANDWIDTH and URI");
    playlist_.i_frame_variants.push_back(std::move(variant->info));
  } else if (name == "#EXTINF" || name == "#EXT-X-TARGETDURATION") {
    return expected("a multivariant playlist; this is a media playlist");
  } else if (name == "#EXT-X-DEFINE") {
    return Error{ErrorCode::Unsupported, "#EXT-X-DEFINE: variables are not supported"};
  }
  return {};
}

Result<void> Parser::on_version(std::string_view value) {
  const auto version = parse_integer(value);
  if (!version || *version < 1 || *version > std::numeric_limits<int>::max()) {
    return expected("a version number of 1 or higher");
  }
  if (std::exchange(has_version_, true)) return expected("no second #EXT-X-VERSION");
  playlist_.version = static_cast<int>(*version);
  return {};
}

Result<void> Parser::on_uri(std::string_view uri) {
  if (!next_) return expected("#EXT-X-STREAM-INF before a variant's URI");
  if (has_control_character(uri)) return expected("a URI without control characters");
  next_->info.uri = uri;
  playlist_.variants.push_back(*std::exchange(next_, std::nullopt));
  return {};
}

}  // namespace

Result<MultivariantPlaylist> parse_multivariant_playlist(std::string_view text) {
  return Parser().run(text);
}

}  // namespace streamkit::hls
