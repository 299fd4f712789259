#include "media/announced_samples.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace streamkit::media {
namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kWideHeaderBytes = 16;

std::uint64_t read_be(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0);
  }
  return value;
}

bool is_type(std::span<const std::uint8_t> bytes, std::size_t at, std::string_view type) {
  return at + type.size() <= bytes.size() &&
         std::equal(type.begin(), type.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

constexpr std::uint64_t kUnknown = std::uint64_t{1} << 32;

// Boxes, and where their count is behind their type.
struct Counted {
  std::string_view type;
  std::size_t count_at;
};
constexpr std::array<Counted, 3> kCounted = {{{"stsz", 12}, {"stz2", 12}, {"trun", 8}}};

// Rows of a number of samples and their time, or its shift.
constexpr std::array<std::string_view, 2> kTimeTables = {"stts", "ctts"};

struct Counts {
  std::uint64_t sizes = 0;
  std::array<std::uint64_t, kTimeTables.size()> times = {};
  std::uint64_t rows = 0;
};

std::uint64_t count_rows(std::span<const std::uint8_t> bytes, std::size_t table, Counts& counts) {
  std::uint64_t samples = 0;
  const std::uint64_t rows = read_be(bytes, table + 4, 4);
  std::size_t at = table + 8;
  for (std::uint64_t row = 0; row < rows && at < bytes.size(); ++row, at += 8) {
    samples += read_be(bytes, at, 4);
    // Tables that lie in one another would take for ever.
    if (++counts.rows > bytes.size()) return kUnknown;
  }
  return samples;
}

// Looks for the boxes at every byte, so that sizes which are wrong hide nothing.
void count_in(std::span<const std::uint8_t> bytes, Counts& counts) {
  for (std::size_t at = 4; at + 4 <= bytes.size(); ++at) {
    if (counts.rows > bytes.size()) return;
    if (bytes[at] != 's' && bytes[at] != 't' && bytes[at] != 'c') continue;
    if (is_type(bytes, at, "cmov")) counts.sizes += kUnknown;
    // The size 1 stands for a size of 64 bits behind the type.
    const std::size_t wide = read_be(bytes, at - 4, 4) == 1 ? 8 : 0;
    for (const Counted& box : kCounted) {
      if (is_type(bytes, at, box.type)) {
        counts.sizes += read_be(bytes, at + wide + box.count_at, 4);
      }
    }
    for (std::size_t i = 0; i < kTimeTables.size(); ++i) {
      if (is_type(bytes, at, kTimeTables[i]))
        counts.times[i] += count_rows(bytes, at + wide + 4, counts);
    }
  }
}

}  // namespace

std::uint64_t announced_samples(std::span<const std::uint8_t> mp4) noexcept {
  Counts counts;
  while (mp4.size() >= kHeaderBytes) {
    std::uint64_t size = read_be(mp4, 0, 4);
    std::size_t header = kHeaderBytes;
    if (size == 1) {
      size = read_be(mp4, 8, 8);
      header = kWideHeaderBytes;
    }
    if (size < header || size > mp4.size()) size = mp4.size();
    const auto box = mp4.first(static_cast<std::size_t>(size));
    // Media data may contain anything.
    if (!is_type(mp4, 4, "mdat")) count_in(box, counts);
    mp4 = mp4.subspan(box.size());
  }
  return std::max({counts.sizes, counts.times[0], counts.times[1]});
}

Result<void> check_announced_samples(std::span<const std::uint8_t> mp4) {
  // 30 bytes of memory each; a minute of PCM at 96 kHz has six million.
  constexpr std::uint64_t kMostSamples = 8'000'000;
  const std::uint64_t samples = announced_samples(mp4);
  if (samples <= std::min<std::uint64_t>(mp4.size(), kMostSamples)) return {};
  if (samples >= kUnknown) {
    return Error{ErrorCode::CorruptData,
                 "the media data has a compressed index, or one that announces too many samples"};
  }
  return Error{ErrorCode::CorruptData, "the media data announces " + std::to_string(samples) +
                                           " samples in " + std::to_string(mp4.size()) + " bytes"};
}

}  // namespace streamkit::media
