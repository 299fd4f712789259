#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace streamkit::live {

/// Counts the viewers of each stream: the clients, distinguished by address and User-Agent, that
/// requested its playlist within a window. Players with the same program behind one address count
/// as one. Requests that a cache in front serves do not count.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ViewerCounts {
 public:
  /// The maximum number of viewers counted for one stream, and of streams.
  static constexpr std::size_t kMaxViewers = 100'000;
  static constexpr std::size_t kMaxStreams = 4096;

  /// `clock` must outlive this object.
  explicit ViewerCounts(const Clock& clock) : clock_(clock) {}

  /// Records a request for the playlist. It counts for `window`, which should be the same for all
  /// calls of a stream.
  void saw(std::string_view session_id, std::string_view address, std::string_view user_agent,
           std::chrono::milliseconds window);
  [[nodiscard]] std::size_t of(std::string_view session_id);
  /// Returns the number of viewers of all streams together.
  [[nodiscard]] std::size_t total();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Stream {
    // By the hash of address and user agent: until when each counts.
    std::unordered_map<std::uint64_t, Time> viewers;
    Time swept_at = {};
  };
  struct Shard {
    std::mutex mutex;
    // Guarded by mutex
    std::map<std::string, Stream, std::less<>> streams;
  };

  [[nodiscard]] Shard& shard_of(std::string_view session_id) noexcept;
  static void sweep(Stream& stream, Time now);

  const Clock& clock_;
  std::array<Shard, 16> shards_;
};

}  // namespace streamkit::live
