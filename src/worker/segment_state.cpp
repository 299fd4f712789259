#include "worker/segment_state.hpp"

#include <algorithm>
#include <array>

namespace streamkit::worker {
namespace {

// The magic bytes, the version and the zeros.
constexpr std::array<std::uint8_t, 8> kHead = {'S', 'K', 'S', 'S', 1, 0, 0, 0};
constexpr std::size_t kSizeBytes = 4;

}  // namespace

Bytes write_segment_state(const SegmentState& state) {
  if (state.depth.empty() && state.views.empty()) return {};
  Bytes bytes(kHead.begin(), kHead.end());
  for (std::size_t i = 0; i < kSizeBytes; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(state.depth.size() >> 8 * i));
  }
  bytes.insert(bytes.end(), state.depth.begin(), state.depth.end());
  bytes.insert(bytes.end(), state.views.begin(), state.views.end());
  return bytes;
}

Result<SegmentState> read_segment_state(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return SegmentState{};
  if (bytes.size() < kHead.size() + kSizeBytes) {
    return Error{ErrorCode::CorruptData, "the segment's state is too short"};
  }
  if (!std::equal(kHead.begin(), kHead.end(), bytes.begin())) {
    return Error{ErrorCode::Unsupported, "the segment's state is of another kind or version"};
  }
  std::size_t depth = 0;
  for (std::size_t i = 0; i < kSizeBytes; ++i) {
    depth |= std::size_t{bytes[kHead.size() + i]} << 8 * i;
  }
  bytes = bytes.subspan(kHead.size() + kSizeBytes);
  if (depth > std::min(bytes.size(), kMaxDepthStateBytes) || bytes.empty() ||
      bytes.size() - depth > kMaxViewStateBytes) {
    return Error{ErrorCode::CorruptData, "the segment's state is cut off or too long"};
  }
  const auto views = bytes.subspan(depth);
  bytes = bytes.first(depth);
  return SegmentState{{bytes.begin(), bytes.end()}, {views.begin(), views.end()}};
}

}  // namespace streamkit::worker
