#include <streamkit/live/viewers.hpp>

#include <functional>

namespace streamkit::live {
namespace {

// The precision of a count, and the interval at which expired viewers are removed.
constexpr std::chrono::seconds kSweepInterval{1};

}  // namespace

ViewerCounts::Shard& ViewerCounts::shard_of(std::string_view session_id) noexcept {
  return shards_[std::hash<std::string_view>()(session_id) % shards_.size()];
}

void ViewerCounts::saw(std::string_view session_id, std::string_view address,
                       std::string_view user_agent, std::chrono::milliseconds window) {
  const std::hash<std::string_view> hash;
  const std::uint64_t viewer = hash(address) * 31 + hash(user_agent);
  const auto now = clock_.steady_now();
  Shard& shard = shard_of(session_id);
  std::lock_guard lock(shard.mutex);
  auto stream = shard.streams.find(session_id);
  if (stream == shard.streams.end()) {
    const std::size_t most = kMaxStreams / shards_.size();
    if (shard.streams.size() >= most) {
      for (auto& entry : shard.streams) sweep(entry.second, now);
      std::erase_if(shard.streams, [](auto& entry) { return entry.second.viewers.empty(); });
    }
    if (shard.streams.size() >= most) return;
    stream = shard.streams.emplace(session_id, Stream()).first;
  }
  auto& viewers = stream->second.viewers;
  const auto known = viewers.find(viewer);
  if (known != viewers.end()) {
    known->second = now + window;
    return;
  }
  if (viewers.size() >= kMaxViewers) sweep(stream->second, now);
  if (viewers.size() < kMaxViewers) viewers.emplace(viewer, now + window);
}

std::size_t ViewerCounts::of(std::string_view session_id) {
  const auto now = clock_.steady_now();
  Shard& shard = shard_of(session_id);
  std::lock_guard lock(shard.mutex);
  const auto stream = shard.streams.find(session_id);
  if (stream == shard.streams.end()) return 0;
  sweep(stream->second, now);
  return stream->second.viewers.size();
}

std::size_t ViewerCounts::total() {
  const auto now = clock_.steady_now();
  std::size_t total = 0;
  for (auto& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto& [id, stream] : shard.streams) {
      sweep(stream, now);
      total += stream.viewers.size();
    }
    std::erase_if(shard.streams, [](auto& entry) { return entry.second.viewers.empty(); });
  }
  return total;
}

void ViewerCounts::sweep(Stream& stream, Time now) {
  if (now - stream.swept_at < kSweepInterval) return;
  stream.swept_at = now;
  std::erase_if(stream.viewers, [&](const auto& entry) { return entry.second <= now; });
}

}  // namespace streamkit::live
