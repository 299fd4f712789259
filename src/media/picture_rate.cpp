#include "media/picture_rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace streamkit::media {
namespace {

constexpr std::array<FrameRate, 10> kUsual = {{{15, 1},
                                               {24000, 1001},
                                               {24, 1},
                                               {25, 1},
                                               {30000, 1001},
                                               {30, 1},
                                               {48, 1},
                                               {50, 1},
                                               {60000, 1001},
                                               {60, 1}}};
constexpr FrameRate kFallback{30, 1};
constexpr FrameRate kHighest{60, 1};
constexpr double kSameRate = 0.0004;  // small enough to distinguish 29.97 from 30
constexpr std::int64_t kMostScannedBytes = 256 << 20;
// Of a file whose rate is stated to be constant.
constexpr std::int64_t kTriedBytes = 32 << 20;
// The index of a damaged file may state any time. Within this, differences do not overflow.
constexpr MediaTime kLatest = std::chrono::hours(24 * 365 * 30);

bool sane(AVRational rate) { return rate.num > 0 && rate.den > 0; }

bool same(double one, double other) { return std::abs(one - other) < other * kSameRate; }

std::optional<FrameRate> usual_rate(double hz) {
  for (const FrameRate rate : kUsual) {
    if (same(hz, rate.hz())) return rate;
  }
  return {};
}

// Timestamps of a short file, or of an untidy one, do not distinguish 29.97 from 30.
bool is_almost(double hz, FrameRate stated) {
  return std::abs(hz - stated.hz()) < stated.hz() * 0.002;
}

AVRational average_rate(const InputFile& file) {
  AVStream* stream = file.video();
  const AVRational average = stream->avg_frame_rate;
  return sane(average) ? average : av_guess_frame_rate(file.context(), stream, nullptr);
}

// Whether the stated average is also the base rate of all timestamps, and a rate that cameras have.
bool is_stated_constant(const InputFile& file) {
  const AVRational average = average_rate(file);
  const AVRational base = file.video()->r_frame_rate;
  return sane(average) && sane(base) && same(av_q2d(base), av_q2d(average)) &&
         usual_rate(av_q2d(average)).has_value();
}

bool is_interlaced(const InputFile& file) {
  const AVFieldOrder order = file.video()->codecpar->field_order;
  return order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
}

// Interlaced frames have two fields; some files count those.
bool counts_fields(const InputFile& file, double hz) { return is_interlaced(file) && hz > 40; }

std::vector<MediaTime> indexed_times(const InputFile& file) {
  std::vector<MediaTime> times;
  AVStream* stream = file.video();
  const int count = avformat_index_get_entries_count(stream);
  for (int i = 0; i < count; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    // An empty entry only counts time.
    if (entry == nullptr || entry->size == 0) continue;
    times.push_back(to_media_time(entry->timestamp, stream->time_base));
  }
  return times;
}

// Whether the index of the format names every frame, not only keyframes.
bool has_whole_index(const InputFile& file) {
  const std::string_view format = file.context()->iformat->name;
  const bool fragmented = file.context()->duration <= 0;
  return (format.substr(0, 3) == "mov" && !fragmented) || format == "avi";
}

struct Scan {
  std::vector<MediaTime> times = {};
  bool whole = false;
};

// Reads the packets of a file without decoding them.
Scan scan_times(const InputFile& same, std::int64_t most_bytes) {
  Scan scan;
  auto file = same.open_again();
  if (!file) return scan;
  for (std::int64_t bytes = 0; bytes <= most_bytes;) {
    const auto packet = (*file)->read();
    if (!packet) return scan;
    scan.whole = *packet == nullptr;
    if (scan.whole) return scan;
    bytes += (*packet)->size;
    if ((*packet)->stream_index != (*file)->video()->index) continue;
    const std::int64_t ticks = (*packet)->pts != AV_NOPTS_VALUE ? (*packet)->pts : (*packet)->dts;
    if (ticks == AV_NOPTS_VALUE || (*packet)->size == 0) continue;
    scan.times.push_back(to_media_time(ticks, (*file)->video()->time_base));
  }
  return scan;
}

// Containers that count milliseconds are off by one, either way.
MediaTime rounding() { return from_ticks(11, 1, 10'000); }

// Returns the rate at which almost every frame has one distance from the one before.
std::optional<double> regular_rate(const std::vector<MediaTime>& times) {
  std::vector<MediaTime> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  std::vector<MediaTime> sorted = gaps;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  MediaTime total{0};
  std::int64_t alike = 0;
  for (const MediaTime gap : gaps) {
    if (std::chrono::abs(gap - *middle) > rounding()) continue;
    total += gap;
    ++alike;
  }
  const auto count = static_cast<std::int64_t>(gaps.size());
  if (alike * 50 < count * 49 || total <= MediaTime{0}) return {};
  // A frame beside the beat asks for a place of its own.
  constexpr MediaTime kFastest = std::chrono::milliseconds(4);
  const bool faster = std::any_of(gaps.begin(), gaps.end(), [&](MediaTime gap) {
    return gap < *middle - rounding() && gap > kFastest;
  });
  if (faster) return {};
  return static_cast<double>(alike) / to_seconds(total);
}

// Whether all times are times of the rate: frames of a constant rate, of which some are missing.
bool are_times_of(FrameRate rate, const std::vector<MediaTime>& times) {
  std::int64_t last = -1;
  for (const MediaTime time : times) {
    const MediaTime pts = time - times.front();
    const std::int64_t place = std::llround(to_seconds(pts) * rate.hz());
    if (place <= last || std::chrono::abs(rate.time_of(place) - pts) > rounding()) return false;
    last = place;
  }
  return true;
}

bool has_place_for_all(FrameRate rate, const std::vector<MediaTime>& times) {
  RateGrid grid(rate);
  std::int64_t lost = 0;
  for (const MediaTime time : times) {
    if (!grid.place(time - times.front())) ++lost;
  }
  return lost * 1000 <= static_cast<std::int64_t>(times.size());
}

}  // namespace

std::optional<std::int64_t> RateGrid::place(MediaTime pts) {
  // Later than this, sound and picture would drift apart visibly, and the next frame is due.
  constexpr double kLatestPlace = 0.75;
  const double exact = to_seconds(pts) * rate_.hz();
  std::int64_t place = std::llround(exact);
  if (last_ && place <= *last_) place = *last_ + 1;
  if (static_cast<double>(place) - exact > kLatestPlace) return {};
  last_ = place;
  return place;
}

FrameRate stated_frame_rate(const InputFile& file) {
  const AVRational stated = average_rate(file);
  if (!sane(stated)) return kFallback;
  double hz = av_q2d(stated);
  const bool fields = counts_fields(file, hz);
  if (fields) hz /= 2;
  if (hz > kHighest.hz() * (1 + kSameRate)) return kHighest;
  if (const auto usual = usual_rate(hz)) return *usual;
  const FrameRate as_stated{stated.num, fields ? stated.den * 2 : stated.den};
  if (hz >= 1 && as_stated.valid()) return as_stated;
  return *std::find_if(kUsual.begin(), kUsual.end() - 1,
                       [hz](FrameRate rate) { return rate.hz() >= hz; });
}

FrameRate rate_of_times(std::vector<MediaTime> times, FrameRate stated) {
  std::erase_if(times, [](MediaTime time) { return time > kLatest || time < -kLatest; });
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.size() < 3) return stated;
  if (const auto hz = regular_rate(times)) {
    if (*hz > kHighest.hz()) return kHighest;
    if (is_almost(*hz, stated)) return stated;
    if (const auto usual = usual_rate(*hz)) return *usual;
    const FrameRate exact{static_cast<std::int32_t>(std::lround(*hz * 1000)), 1000};
    if (exact.valid() && *hz >= 1) return exact;
    return kUsual.front();
  }
  for (const FrameRate rate : kUsual) {
    if (are_times_of(rate, times)) return rate;
  }
  for (const FrameRate rate : kUsual) {
    if (has_place_for_all(rate, times)) return is_almost(rate.hz(), stated) ? stated : rate;
  }
  return kHighest;
}

FrameRate lossless_frame_rate(const InputFile& file) {
  const FrameRate stated = stated_frame_rate(file);
  if (has_whole_index(file)) {
    std::vector<MediaTime> times = indexed_times(file);
    if (times.size() >= 3) return rate_of_times(std::move(times), stated);
  }
  const bool constant = is_stated_constant(file);
  const FrameRate unknown = constant || is_interlaced(file) ? stated : kHighest;
  if (file.is_pipe()) return unknown;
  if (constant) {
    Scan beginning = scan_times(file, kTriedBytes);
    if (rate_of_times(std::move(beginning.times), stated) == stated) return stated;
  }
  Scan scan = scan_times(file, kMostScannedBytes);
  return scan.whole ? rate_of_times(std::move(scan.times), stated) : unknown;
}

}  // namespace streamkit::media
