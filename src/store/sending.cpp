#include "sending.hpp"

namespace streamkit {
namespace {

// Returns how much of the stream these bytes of the chunk carry.
MediaTime duration_of(const Chunk& chunk, std::uint64_t bytes) {
  if (bytes >= chunk.data.size()) return chunk.duration;
  const double share = static_cast<double>(bytes) / static_cast<double>(chunk.data.size());
  const double flicks = static_cast<double>(chunk.duration.count()) * share;
  return MediaTime{static_cast<MediaTime::rep>(flicks)};
}

}  // namespace

std::uint64_t bytes_before_next(const Sending& oldest, double link_bytes_per_second) {
  const std::uint64_t bytes = oldest.chunk->data.size();
  // The connection of the second chunk may be a new one, on which TCP begins slowly.
  constexpr std::uint64_t kPartsOfFirst = 8;
  if (!oldest.ahead) return bytes / kPartsOfFirst + 1;
  // If both ended at the same time, the link would be unused until the response.
  const std::uint64_t half = (bytes + 1) / 2;
  // The time for which bytes are under way at the end of a chunk. A longer one divides the link
  // between the two chunks, and a connection that had a part of the link takes seconds to use all.
  constexpr double kLeadSeconds = 0.4;
  const double last = link_bytes_per_second * kLeadSeconds;
  return last < static_cast<double>(half) ? bytes - static_cast<std::uint64_t>(last) : half;
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
