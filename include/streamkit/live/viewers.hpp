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

/// How many watch each stream: the clients, told apart by address and User-Agent, that asked for
/// its playlist within a window. Players with the same program behind one address count as one; one
/// that asks through a cache in front does not count at all.
/// Thread-safety: every method from any thread at once.
class STREAMKIT_API ViewerCounts {
 public:
  /// Viewers of one stream, and streams, beyond which further ones are not counted.
  static constexpr std::size_t kMaxViewers = 100'000;
  static constexpr std::size_t kMaxStreams = 4096;

  /// `clock` must outlive this.
  explicit ViewerCounts(const Clock& clock) : clock_(clock) {}

  /// Somebody asked for the playlist; counts for `window`, which should be the same for a stream.
  void saw(std::string_view session_id, std::string_view address, std::string_view user_agent,
           std::chrono::milliseconds window);
  [[nodiscard]] std::size_t of(std::string_view session_id);
  /// Of all streams together.
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
