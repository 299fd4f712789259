#include "http/route_pattern.hpp"

#include <algorithm>
#include <cassert>

namespace streamkit::http {
namespace {

constexpr std::string_view kRestMark = "...";

// Removes the next part, with the slash before it, from the front of `rest` and returns it.
std::string_view take_part(std::string_view& rest) noexcept {
  rest.remove_prefix(1);
  const auto part = rest.substr(0, rest.find('/'));
  rest.remove_prefix(part.size());
  return part;
}

}  // namespace

std::string_view PathParameters::operator[](std::string_view name) const noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    if (values_[i].first == name) return values_[i].second;
  }
  return {};
}

void PathParameters::add(std::string_view name, std::string_view value) noexcept {
  assert(size_ < kMaxParameters);
  if (size_ < kMaxParameters) values_[size_++] = {name, value};
}

RoutePattern::RoutePattern(std::string_view text) : first_part_(first_part_of(text)) {
  assert(text.starts_with('/') && first_part_.find('{') == std::string::npos);
  auto rest = text.substr(first_part_.size());
  while (!rest.empty()) {
    auto part = take_part(rest);
    if (!part.starts_with('{') || !part.ends_with('}')) {
      parts_.push_back({Part::Kind::Literal, std::string(part)});
      continue;
    }
    part = part.substr(1, part.size() - 2);
    const bool is_rest = part.ends_with(kRestMark);
    assert(!is_rest || rest.empty());
    if (is_rest) part.remove_suffix(kRestMark.size());
    parts_.push_back({is_rest ? Part::Kind::Rest : Part::Kind::Parameter, std::string(part)});
  }
}

bool RoutePattern::match(std::string_view rest, PathParameters& parameters) const noexcept {
  for (const auto& part : parts_) {
    if (part.kind == Part::Kind::Rest) {
      parameters.add(part.text, rest.substr(std::min<std::size_t>(rest.size(), 1)));
      return true;
    }
    if (rest.empty()) return false;
    const auto value = take_part(rest);
    if (part.kind == Part::Kind::Parameter) {
      parameters.add(part.text, value);
    } else if (value != part.text) {
      return false;
    }
  }
  return rest.empty();
}

}  // namespace streamkit::http
