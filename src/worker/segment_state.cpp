#include "worker/segment_state.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

namespace streamkit::worker {
namespace {

// The magic bytes; the version and three zeros follow.
constexpr std::array<std::uint8_t, 4> kMagic = {'S', 'K', 'S', 'S'};
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kSizeBytes = 4;
constexpr std::uint8_t kWithoutSound = 1;
constexpr std::uint8_t kWithSound = 2;

void put(Bytes& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
}

// Reads little-endian numbers one after another. A number beyond the end is empty.
class Numbers {
 public:
  explicit Numbers(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::optional<std::uint64_t> next(std::size_t size) {
    if (bytes_.size() < size) return {};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes_[i]} << 8 * i;
    bytes_ = bytes_.subspan(size);
    return value;
  }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
};

void put_sound(Bytes& bytes, const AudioFrame& sound) {
  put(bytes, static_cast<std::uint64_t>(sound.format.sample_rate_hz), 4);
  put(bytes, static_cast<std::uint64_t>(sound.format.channels), 4);
  put(bytes, static_cast<std::uint64_t>(sound.sample_count), 4);
  put(bytes, static_cast<std::uint64_t>(sound.pts.count()), 8);
  for (const float sample : sound.samples) put(bytes, std::bit_cast<std::uint32_t>(sample), 4);
}

// Returns no value if it is cut off or out of bounds.
std::optional<AudioFrame> next_sound(Numbers& numbers) {
  constexpr std::uint64_t kMaxRate = 192'000;
  // Within it, sums of times do not overflow.
  constexpr MediaTime kMaxTime = std::chrono::hours(24 * 365 * 100);
  const auto rate = numbers.next(4);
  const auto channels = numbers.next(4);
  const auto count = numbers.next(4);
  const auto pts = numbers.next(8);
  if (!pts || *rate == 0 || *rate > kMaxRate || *channels == 0 || *channels > kMaxStateChannels ||
      *count == 0 || *count > kMaxStateSamples) {
    return {};
  }
  AudioFrame sound;
  sound.format = {static_cast<int>(*rate), static_cast<int>(*channels)};
  sound.sample_count = static_cast<int>(*count);
  sound.pts = MediaTime{static_cast<std::int64_t>(*pts)};
  if (sound.pts > kMaxTime || sound.pts < -kMaxTime) return {};
  for (std::uint64_t i = 0; i < *channels * *count; ++i) {
    const auto bits = numbers.next(4);
    if (!bits) return {};
    sound.samples.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(*bits)));
    if (!std::isfinite(sound.samples.back())) return {};
  }
  return sound;
}

}  // namespace

Bytes write_segment_state(const SegmentState& state) {
  const bool with_sound = state.sound.sample_count > 0;
  if (state.depth.empty() && state.views.empty() && !with_sound) return {};
  Bytes bytes(kMagic.begin(), kMagic.end());
  put(bytes, with_sound ? kWithSound : kWithoutSound, kHeadBytes - kMagic.size());
  put(bytes, state.depth.size(), kSizeBytes);
  if (with_sound) put_sound(bytes, state.sound);
  bytes.insert(bytes.end(), state.depth.begin(), state.depth.end());
  bytes.insert(bytes.end(), state.views.begin(), state.views.end());
  return bytes;
}

Result<SegmentState> read_segment_state(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return SegmentState{};
  if (bytes.size() < kHeadBytes + kSizeBytes) {
    return Error{ErrorCode::CorruptData, "the segment's state is too short"};
  }
  Numbers numbers(bytes.subspan(kMagic.size()));
  const std::uint64_t version = *numbers.next(kHeadBytes - kMagic.size());
  if (!std::equal(kMagic.begin(), kMagic.end(), bytes.begin()) ||
      (version != kWithoutSound && version != kWithSound)) {
    return Error{ErrorCode::Unsupported, "the segment's state is of another kind or version"};
  }
  const std::size_t depth = *numbers.next(kSizeBytes);
  SegmentState state;
  if (version == kWithSound) {
    auto sound = next_sound(numbers);
    if (!sound) return Error{ErrorCode::CorruptData, "the audio of the segment's state is invalid"};
    state.sound = *std::move(sound);
  }
  const auto parts = numbers.rest();
  if (depth > std::min(parts.size(), kMaxDepthStateBytes) ||
      (parts.empty() && version == kWithoutSound) || parts.size() - depth > kMaxViewStateBytes) {
    return Error{ErrorCode::CorruptData, "the segment's state is cut off or too long"};
  }
  state.depth.assign(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(depth));
  state.views.assign(parts.begin() + static_cast<std::ptrdiff_t>(depth), parts.end());
  return state;
}

}  // namespace streamkit::worker
