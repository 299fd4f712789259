#include "dash/mpd_values.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <streamkit/core/time_text.hpp>

namespace streamkit::dash {
namespace {

// Adds `number` of the unit; false if the sum does not fit.
bool add_units(MediaTime& sum, std::string_view number, std::chrono::seconds unit) noexcept {
  const auto count = parse_number(number);
  // 400 years of days and more do not fit into MediaTime either.
  constexpr std::uint64_t kMaxSeconds = 12'000'000'000;
  if (!count || *count > kMaxSeconds / static_cast<std::uint64_t>(unit.count())) return false;
  const MediaTime time = static_cast<std::int64_t>(*count) * unit;
  if (sum > MediaTime::max() - time) return false;
  sum += time;
  return true;
}

// Removes "nX" from the front, if there, and adds it; false for a number that does not fit.
bool take_units(std::string_view& text, char designator, std::chrono::seconds unit,
                MediaTime& sum) noexcept {
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == text.npos || digits == 0 || text[digits] != designator) return true;
  if (!add_units(sum, text.substr(0, digits), unit)) return false;
  text.remove_prefix(digits + 1);
  return true;
}

bool take_seconds(std::string_view& text, MediaTime& sum) noexcept {
  if (text.empty() || text.back() != 'S') return true;
  text.remove_suffix(1);
  const auto seconds = parse_seconds(text);
  if (!seconds || sum > MediaTime::max() - *seconds) return false;
  sum += *seconds;
  text = {};
  return true;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return {};
  return value;
}

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return {};
}

std::string print_decimal(MediaTime time) {
  std::array<char, kMaxTimeText> text;
  return {text.data(), print_seconds(time, 0, text)};
}

std::string print_duration(MediaTime time) { return "PT" + print_decimal(time) + "S"; }

std::optional<MediaTime> parse_duration(std::string_view text) noexcept {
  if (!text.starts_with('P') || text.size() < 3) return {};
  text.remove_prefix(1);
  MediaTime sum{0};
  if (!take_units(text, 'D', std::chrono::hours(24), sum)) return {};
  if (text.empty()) return sum;
  if (!text.starts_with('T') || text.size() < 3) return {};
  text.remove_prefix(1);
  if (!take_units(text, 'H', std::chrono::hours(1), sum)) return {};
  if (!take_units(text, 'M', std::chrono::minutes(1), sum)) return {};
  if (!take_seconds(text, sum) || !text.empty()) return {};
  return sum;
}

bool has_years_or_months(std::string_view text) noexcept {
  const auto date = text.substr(0, text.find('T'));
  return date.starts_with('P') && date.find_first_of("YM") != date.npos;
}

std::optional<FrameRate> parse_rate(std::string_view text) noexcept {
  constexpr std::uint64_t kMax = 1'000'000;
  const auto slash = text.find('/');
  const auto num = parse_number(text.substr(0, slash));
  const auto den =
      slash == text.npos ? std::optional<std::uint64_t>(1) : parse_number(text.substr(slash + 1));
  if (!num || !den || *num < 1 || *den < 1 || *num > kMax || *den > kMax) return {};
  return FrameRate{static_cast<std::int32_t>(*num), static_cast<std::int32_t>(*den)};
}

std::string print_permille(std::uint32_t permille) {
  return print_decimal(from_ticks(permille, 1, 1000));  // a decimal number, as seconds are
}

std::optional<std::uint32_t> parse_permille(std::string_view text) noexcept {
  const auto number = parse_seconds(text);
  if (!number) return {};
  const std::int64_t permille = to_ticks(*number, 1, 1000);
  if (permille > std::numeric_limits<std::uint32_t>::max()) return {};
  return static_cast<std::uint32_t>(permille);
}

}  // namespace streamkit::dash
