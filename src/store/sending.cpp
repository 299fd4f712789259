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
