#include "hls/low_latency_tags.hpp"

#include <array>

#include "hls/attribute_list.hpp"
#include "hls/playlist_line.hpp"
#include "hls/playlist_values.hpp"

namespace streamkit::hls {
namespace {

constexpr int kUsualDecimals = 3;

void append_uri(std::string& out, std::string_view uri) {
  out += "URI=\"";
  out += uri;
  out += '"';
}

}  // namespace

void append_server_control(std::string& out, const ServerControl& control) {
  std::string attributes;
  const auto seconds = [&](std::string_view name, const std::optional<MediaTime>& time) {
    if (time) attributes += Line(",").text(name).text("=").seconds(*time, kUsualDecimals);
  };
  if (control.can_block_reload) attributes += ",CAN-BLOCK-RELOAD=YES";
  seconds("PART-HOLD-BACK", control.part_hold_back);
  seconds("HOLD-BACK", control.hold_back);
  seconds("CAN-SKIP-UNTIL", control.can_skip_until);
  if (control.can_skip_dateranges) attributes += ",CAN-SKIP-DATERANGES=YES";
  out += "#EXT-X-SERVER-CONTROL:";
  if (attributes.empty()) attributes = ",CAN-BLOCK-RELOAD=NO";
  out.append(attributes, 1);
  out += '\n';
}

std::optional<ServerControl> parse_server_control(std::string_view value) noexcept {
  std::array<AttributeSlot, 5> slots = {{{"CAN-SKIP-UNTIL"},
                                         {"CAN-SKIP-DATERANGES"},
                                         {"HOLD-BACK"},
                                         {"PART-HOLD-BACK"},
                                         {"CAN-BLOCK-RELOAD"}}};
  ServerControl control;
  const bool valid =
      read_attributes(value, slots) && read_seconds(slots[0], control.can_skip_until) &&
      read_flag(slots[1], control.can_skip_dateranges) &&
      read_seconds(slots[2], control.hold_back) && read_seconds(slots[3], control.part_hold_back) &&
      read_flag(slots[4], control.can_block_reload);
  if (!valid) return {};
  return control;
}

void append_part_information(std::string& out, MediaTime part_target) {
  out += Line("#EXT-X-PART-INF:PART-TARGET=").seconds(part_target, kUsualDecimals).text("\n");
}

std::optional<MediaTime> parse_part_information(std::string_view value) noexcept {
  std::array<AttributeSlot, 1> slots = {{{"PART-TARGET"}}};
  std::optional<MediaTime> target;
  if (!read_attributes(value, slots) || !read_seconds(slots[0], target)) return {};
  return target;
}

void append_skip(std::string& out, std::uint64_t skipped_segments) {
  out += Line("#EXT-X-SKIP:SKIPPED-SEGMENTS=").integer(skipped_segments).text("\n");
}

std::optional<std::uint64_t> parse_skip(std::string_view value) noexcept {
  std::array<AttributeSlot, 1> slots = {{{"SKIPPED-SEGMENTS"}}};
  std::optional<std::uint64_t> count;
  if (!read_attributes(value, slots) || !read_integer(slots[0], count)) return {};
  return count;
}

void append_part(std::string& out, const PartialSegment& part) {
  out += Line("#EXT-X-PART:DURATION=").seconds(part.duration, kUsualDecimals).text(",");
  append_uri(out, part.uri);
  if (part.byte_range) out += Line(",BYTERANGE=\"").byte_range(*part.byte_range).text("\"");
  if (part.independent) out += ",INDEPENDENT=YES";
  if (part.gap) out += ",GAP=YES";
  out += '\n';
}

std::optional<PartialSegment> parse_part(std::string_view value, const PartialSegment* previous) {
  std::array<AttributeSlot, 5> slots = {
      {{"DURATION"}, {"URI"}, {"BYTERANGE"}, {"INDEPENDENT"}, {"GAP"}}};
  PartialSegment part;
  std::optional<MediaTime> duration;
  const bool valid = read_attributes(value, slots) && read_seconds(slots[0], duration) &&
                     read_text(slots[1], part.uri) && read_flag(slots[3], part.independent) &&
                     read_flag(slots[4], part.gap);
  if (!valid || !duration || part.uri.empty()) return {};
  part.duration = *duration;
  if (!slots[2].found) return part;

  std::optional<std::uint64_t> follows;
  if (previous != nullptr && previous->uri == part.uri && previous->byte_range) {
    follows = previous->byte_range->offset + previous->byte_range->length;
  }
  part.byte_range = parse_byte_range(slots[2].found->value, follows);
  if (!part.byte_range) return {};
  return part;
}

void append_preload_hint(std::string& out, const PreloadHint& hint) {
  out += "#EXT-X-PRELOAD-HINT:TYPE=";
  out += hint.type == PreloadHint::Type::Part ? "PART," : "MAP,";
  append_uri(out, hint.uri);
  if (hint.byte_range_start != 0) out += Line(",BYTERANGE-START=").integer(hint.byte_range_start);
  if (hint.byte_range_length) out += Line(",BYTERANGE-LENGTH=").integer(*hint.byte_range_length);
  out += '\n';
}

std::optional<ParsedPreloadHint> parse_preload_hint(std::string_view value) {
  std::array<AttributeSlot, 4> slots = {
      {{"TYPE"}, {"URI"}, {"BYTERANGE-START"}, {"BYTERANGE-LENGTH"}}};
  ParsedPreloadHint parsed;
  PreloadHint& hint = parsed.hint;
  std::optional<std::uint64_t> start;
  const bool valid = read_attributes(value, slots) && read_text(slots[1], hint.uri) &&
                     read_integer(slots[2], start) &&
                     read_integer(slots[3], hint.byte_range_length);
  if (!valid || !slots[0].found || hint.uri.empty()) return {};
  const std::string_view type = slots[0].found->value;
  hint.type = type == "MAP" ? PreloadHint::Type::Map : PreloadHint::Type::Part;
  parsed.has_unknown_type = type != "MAP" && type != "PART";
  hint.byte_range_start = start.value_or(0);
  return parsed;
}

void append_rendition_report(std::string& out, const RenditionReport& report) {
  out += "#EXT-X-RENDITION-REPORT:";
  append_uri(out, report.uri);
  if (report.last_msn) out += Line(",LAST-MSN=").integer(*report.last_msn);
  if (report.last_part) out += Line(",LAST-PART=").integer(*report.last_part);
  out += '\n';
}

std::optional<RenditionReport> parse_rendition_report(std::string_view value) {
  std::array<AttributeSlot, 3> slots = {{{"URI"}, {"LAST-MSN"}, {"LAST-PART"}}};
  RenditionReport report;
  const bool valid = read_attributes(value, slots) && read_text(slots[0], report.uri) &&
                     read_integer(slots[1], report.last_msn) &&
                     read_integer(slots[2], report.last_part);
  if (!valid || report.uri.empty()) return {};
  return report;
}

}  // namespace streamkit::hls
