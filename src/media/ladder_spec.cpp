#include <algorithm>
#include <charconv>
#include <cmath>
#include <streamkit/media/ladder.hpp>

namespace streamkit::media {
namespace {

constexpr int kLeastHeightPx = 144;
constexpr int kMostHeightPx = 4320;
constexpr int kLeastBps = 50'000;
constexpr int kMostBps = 100'000'000;
constexpr std::size_t kMostRungs = 8;

Error wrong(std::string_view rung, const std::string& why) {
  return {ErrorCode::InvalidArgument, "rung '" + std::string(rung.substr(0, 40)) + "': " + why +
                                          "; write heights such as 1080,720,480 or 1080:5M,720"};
}

// Reads "2500000", "2500k" or "2.5M".
bool read_bit_rate(std::string_view text, int& bps) {
  double unit = 1;
  if (!text.empty() && (text.back() == 'k' || text.back() == 'K')) unit = 1e3;
  if (!text.empty() && (text.back() == 'M' || text.back() == 'm')) unit = 1e6;
  if (unit > 1) text.remove_suffix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return false;
  if (!(value * unit >= kLeastBps && value * unit <= kMostBps)) return false;
  bps = static_cast<int>(std::lround(value * unit));
  return true;
}

Result<LadderRung> parse_rung(std::string_view text) {
  LadderRung rung;
  const std::size_t colon = text.find(':');
  const std::string_view height = text.substr(0, colon);
  const auto [end, failure] =
      std::from_chars(height.data(), height.data() + height.size(), rung.height_px);
  if (failure != std::errc{} || end != height.data() + height.size()) {
    return wrong(text, "its height is not a number");
  }
  if (rung.height_px < kLeastHeightPx || rung.height_px > kMostHeightPx ||
      rung.height_px % 2 != 0) {
    return wrong(text, "heights are even, from 144 to 4320");
  }
  if (colon == std::string_view::npos) return rung;
  if (!read_bit_rate(text.substr(colon + 1), rung.bit_rate_bps)) {
    return wrong(text, "bit rates are from 50k to 100M");
  }
  return rung;
}

}  // namespace

Result<std::vector<LadderRung>> parse_ladder(std::string_view text) {
  std::vector<LadderRung> rungs;
  while (true) {
    const std::size_t comma = text.find(',');
    auto rung = parse_rung(text.substr(0, comma));
    if (!rung) return rung.error();
    const bool repeated = std::any_of(rungs.begin(), rungs.end(), [&](const LadderRung& each) {
      return each.height_px == rung->height_px;
    });
    if (repeated) return wrong(text.substr(0, comma), "its height is repeated");
    rungs.push_back(*rung);
    if (rungs.size() > kMostRungs) return wrong(text.substr(0, comma), "more than 8 rungs");
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(rungs.begin(), rungs.end(),
            [](const LadderRung& a, const LadderRung& b) { return a.height_px > b.height_px; });
  return rungs;
}

int default_bit_rate_bps(int height_px, FrameRate rate) noexcept {
  constexpr double kFullHd = 5e6;
  double bps = kFullHd * std::pow(height_px / 1080.0, 1.5);
  if (rate.valid() && rate.hz() > 40) bps *= 4.0 / 3;
  return std::max(kLeastBps, static_cast<int>(std::lround(bps / 10'000) * 10'000));
}

}  // namespace streamkit::media
