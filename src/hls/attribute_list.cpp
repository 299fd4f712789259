#include "hls/attribute_list.hpp"

#include <algorithm>
#include <streamkit/core/text.hpp>

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

}  // namespace streamkit::hls
