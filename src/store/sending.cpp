#include "sending.hpp"

#include <algorithm>

namespace streamkit {
namespace {

// The clock of a test may not move.
constexpr double kLeastSeconds = 1e-6;

// Returns how much of the stream these bytes of the chunk carry.
MediaTime duration_of(const Chunk& chunk, std::uint64_t bytes) {
  if (bytes >= chunk.data.size()) return chunk.duration;
  const double share = static_cast<double>(bytes) / static_cast<double>(chunk.data.size());
  const double flicks = static_cast<double>(chunk.duration.count()) * share;
  return MediaTime{static_cast<MediaTime::rep>(flicks)};
}

}  // namespace

std::uint64_t bytes_before_next(const Sending& oldest, double link_bytes_per_second,
                                std::chrono::steady_clock::time_point now) {
  // The time for which bytes are under way at the end of a chunk. A longer one divides the link
  // between the two chunks, and a connection that had a part of the link takes seconds to use all.
  constexpr double kLeadSeconds = 0.4;
  // The second chunk may need a new connection, on which TCP begins slowly.
  constexpr double kFirstLeadSeconds = 1.5;
  // If both ended at the same time, the link would be unused until the response.
  constexpr std::uint64_t kPartsAlone = 2;
  constexpr std::uint64_t kFirstPartsAlone = 8;

  const std::uint64_t bytes = oldest.chunk->data.size();
  double last = link_bytes_per_second * kLeadSeconds;
  std::uint64_t alone = bytes / kPartsAlone;
  if (!oldest.ahead) {
    const double seconds = std::chrono::duration<double>(now - oldest.begun_at).count();
    const auto sent = static_cast<double>(oldest.sent_bytes);
    last = sent / std::max(seconds, kLeastSeconds) * kFirstLeadSeconds;
    alone = bytes / kFirstPartsAlone;
  }
  const double most = static_cast<double>(bytes - alone);
  return bytes - static_cast<std::uint64_t>(std::min(last, most));
}

UploadSample take_sample(const Sending& oldest, Sending* next, std::chrono::nanoseconds elapsed) {
  const std::uint64_t rest = oldest.chunk->data.size() - oldest.sampled_bytes;
  UploadSample sample{rest, elapsed, duration_of(*oldest.chunk, rest)};
  if (next == nullptr || !next->attempting) return sample;
  const std::uint64_t sent = next->sent_bytes;
  const std::uint64_t added = sent - next->sampled_bytes;
  sample.bytes += added;
  sample.duration += duration_of(*next->chunk, added);
  next->sampled_bytes = sent;
  return sample;
}

}  // namespace streamkit
