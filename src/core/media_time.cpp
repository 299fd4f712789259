#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <streamkit/core/media_time.hpp>

namespace streamkit {
namespace {

__extension__ using Int128 = __int128;

// a * b / c, to the nearest integer that there is, halves away from zero. c > 0.
std::int64_t scale(std::int64_t a, Int128 b, Int128 c) noexcept {
  const Int128 product = Int128{a} * b;
  const Int128 half = c / 2;
  const Int128 nearest = product >= 0 ? (product + half) / c : (product - half) / c;
  constexpr Int128 kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(nearest, kLeast, kMost));
}

std::optional<std::int64_t> parse_positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value <= 0) return {};
  return value;
}

// "29.97" means 30000/1001; any other decimal is taken to a thousandth.
std::optional<FrameRate> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return {};
  if (!(value > 0 && value <= 1000)) return {};
  for (const int nominal : {24, 30, 48, 60, 120}) {
    const FrameRate ntsc{nominal * 1000, 1001};
    if (std::abs(value - ntsc.hz()) < 0.006) return ntsc;
  }
  const FrameRate rate{static_cast<std::int32_t>(std::lround(value * 1000)), 1000};
  return rate.valid() ? std::optional(rate) : std::nullopt;
}

}  // namespace

MediaTime from_ticks(std::int64_t ticks, std::int64_t num, std::int64_t den) noexcept {
  return MediaTime{scale(ticks, Int128{num} * MediaTime::period::den, den)};
}

std::int64_t to_ticks(MediaTime time, std::int64_t num, std::int64_t den) noexcept {
  return scale(time.count(), den, Int128{num} * MediaTime::period::den);
}

double to_seconds(MediaTime time) noexcept {
  return static_cast<double>(time.count()) / static_cast<double>(MediaTime::period::den);
}

MediaTime from_seconds(double seconds) noexcept {
  if (!std::isfinite(seconds)) return MediaTime{0};
  const double flicks = seconds * static_cast<double>(MediaTime::period::den);
  constexpr double kLimit = 9.2e18;
  if (flicks >= kLimit) return MediaTime::max();
  if (flicks <= -kLimit) return MediaTime::min();
  return MediaTime{std::llround(flicks)};
}

bool FrameRate::valid() const noexcept {
  constexpr std::int32_t kMax = 1'000'000;
  return num >= 1 && num <= kMax && den >= 1 && den <= kMax;
}

MediaTime FrameRate::time_of(std::int64_t n) const noexcept { return from_ticks(n, den, num); }

std::int64_t FrameRate::frames_before(MediaTime end) const noexcept {
  if (end <= MediaTime{0}) return 0;
  std::int64_t count = to_ticks(end, den, num);
  while (count > 0 && time_of(count - 1) >= end) --count;
  while (time_of(count) < end) ++count;
  return count;
}

std::optional<FrameRate> parse_frame_rate(std::string_view text) {
  if (text.find('.') != std::string_view::npos) return parse_decimal(text);
  const auto slash = text.find('/');
  const auto num = parse_positive(text.substr(0, slash));
  const auto den = slash == std::string_view::npos ? std::optional<std::int64_t>(1)
                                                   : parse_positive(text.substr(slash + 1));
  if (!num || !den || *num > 1'000'000 || *den > 1'000'000) return {};
  return FrameRate{static_cast<std::int32_t>(*num), static_cast<std::int32_t>(*den)};
}

std::string to_string(FrameRate rate) {
  if (rate.num % rate.den == 0) return std::to_string(rate.num / rate.den);
  return std::to_string(rate.num) + "/" + std::to_string(rate.den);
}

}  // namespace streamkit
