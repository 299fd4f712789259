#include <charconv>
#include <streamkit/core/live_name.hpp>

namespace streamkit {
namespace {

constexpr std::string_view kInit = "init-";
constexpr std::string_view kSegment = "segment-";
constexpr std::size_t kMostDigits = 15;

bool remove_ends(std::string_view& name, std::string_view prefix,
                 std::string_view suffix) noexcept {
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return false;
  if (name.size() < prefix.size() + suffix.size()) return false;
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  return true;
}

std::optional<std::uint64_t> parse_number(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > kMostDigits) return {};
  if (digits.front() == '0' && digits.size() > 1) return {};
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc() || end != digits.data() + digits.size()) return {};
  return number;
}

}  // namespace

std::string live_segment_name(std::uint64_t number) {
  return "segment-" + std::to_string(number) + ".m4s";
}

std::string live_part_name(std::uint64_t number, std::uint64_t part) {
  return "segment-" + std::to_string(number) + "." + std::to_string(part) + ".m4s";
}

std::string live_init_name(std::uint64_t run) { return "init-" + std::to_string(run) + ".mp4"; }

std::optional<LiveFileName> parse_live_file_name(std::string_view name) noexcept {
  if (remove_ends(name, kInit, ".mp4")) {
    const auto run = parse_number(name);
    return run ? std::optional<LiveFileName>(LiveInitName{*run}) : std::nullopt;
  }
  if (!remove_ends(name, kSegment, ".m4s")) return {};
  const std::size_t dot = name.find('.');
  const auto number = parse_number(name.substr(0, dot));
  if (!number) return {};
  if (dot == std::string_view::npos) return LiveSegmentName{*number};
  const auto part = parse_number(name.substr(dot + 1));
  if (!part) return {};
  return LivePartName{*number, *part};
}

}  // namespace streamkit
