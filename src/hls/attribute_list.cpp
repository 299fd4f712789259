#include "hls/attribute_list.hpp"

#include <algorithm>
#include <streamkit/core/text.hpp>
#include <streamkit/core/time_text.hpp>

#include "hls/playlist_values.hpp"
#include "hls/utf8.hpp"

namespace streamkit::hls {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kNameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

}  // namespace

std::optional<Attribute> AttributeReader::fail() noexcept {
  failed_ = true;
  rest_ = {};
  return {};
}

void AttributeReader::skip_blanks() noexcept {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
}

std::optional<Attribute> AttributeReader::next() noexcept {
  if (failed_ || rest_.empty()) return {};
  if (!first_) {
    if (rest_.front() != ',') return fail();
    rest_.remove_prefix(1);
  }
  first_ = false;
  skip_blanks();

  const auto equals = rest_.find('=');
  if (equals == 0 || equals == rest_.npos) return fail();
  Attribute attribute{trimmed(rest_.substr(0, equals), kBlanks), {}, false};
  if (attribute.name.empty()) return fail();
  if (attribute.name.find_first_not_of(kNameCharacters) != attribute.name.npos) return fail();
  rest_.remove_prefix(equals + 1);
  skip_blanks();

  attribute.quoted = rest_.starts_with('"');
  if (attribute.quoted) {
    rest_.remove_prefix(1);
    const auto closing = rest_.find('"');
    if (closing == rest_.npos) return fail();
    attribute.value = rest_.substr(0, closing);
    rest_.remove_prefix(closing + 1);
    skip_blanks();
    return attribute;
  }
  const auto value = rest_.substr(0, rest_.find(','));
  attribute.value = trimmed(value, kBlanks);
  if (attribute.value.empty() || attribute.value.find('"') != attribute.value.npos) return fail();
  rest_.remove_prefix(value.size());
  return attribute;
}

bool read_attributes(std::string_view list, std::span<AttributeSlot> slots) noexcept {
  AttributeReader attributes(list);
  while (const auto attribute = attributes.next()) {
    for (AttributeSlot& slot : slots) {
      if (slot.name != attribute->name) continue;
      if (slot.found) return false;
      slot.found = attribute;
    }
  }
  return !attributes.failed();
}

bool read_text(const AttributeSlot& slot, std::string& value) {
  if (!slot.found) return true;
  if (!slot.found->quoted || slot.found->value.empty()) return false;
  if (has_control_character(slot.found->value)) return false;
  value = slot.found->value;
  return true;
}

bool read_integer(const AttributeSlot& slot, std::optional<std::uint64_t>& value) noexcept {
  if (!slot.found) return true;
  value = slot.found->quoted ? std::nullopt : parse_integer(slot.found->value);
  return value.has_value();
}

bool read_seconds(const AttributeSlot& slot, std::optional<MediaTime>& value) noexcept {
  if (!slot.found) return true;
  value = slot.found->quoted ? std::nullopt : parse_seconds(slot.found->value);
  return value.has_value();
}

bool read_flag(const AttributeSlot& slot, bool& value) noexcept {
  if (!slot.found) return true;
  if (slot.found->quoted) return false;
  value = slot.found->value == "YES";
  return value || slot.found->value == "NO";
}

}  // namespace streamkit::hls
