#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string_view>
#include <unordered_map>

namespace streamkit::http {

struct STREAMKIT_API RateLimit {
  /// The long-term rate of each key. 0: no limit.
  double per_second = 0;
  /// The amount that a key may take in a burst after a pause.
  double burst = 0;
};

/// A token bucket for each key. The table is bounded: when it is full of recently active keys,
/// further keys share one bucket, so that many new keys slow down only each other and no existing
/// key. Keys are distinguished by a hash of 64 bits.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API RateLimiter {
 public:
  static constexpr std::size_t kDefaultMaxKeys = 65'536;

  /// `clock` must outlive this object.
  RateLimiter(RateLimit limit, const Clock& clock, std::size_t max_keys = kDefaultMaxKeys);

  /// Takes `amount` from the key's bucket. Empty on success; otherwise nothing is taken, and the
  /// result is the time to wait before the next attempt.
  [[nodiscard]] std::optional<std::chrono::milliseconds> take(std::string_view key,
                                                              double amount = 1);
  /// Returns the result that take() would have, without taking anything.
  [[nodiscard]] std::optional<std::chrono::milliseconds> look(std::string_view key,
                                                              double amount = 1);
  /// Returns the number of keys in the table.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Bucket {
    double tokens = 0;
    std::chrono::steady_clock::time_point filled_at = {};
  };
  struct Shard {
    mutable std::mutex mutex;
    // Guarded by mutex
    std::unordered_map<std::uint64_t, Bucket> buckets;
    Bucket shared;
    std::chrono::steady_clock::time_point swept_at = {};
  };

  [[nodiscard]] std::optional<std::chrono::milliseconds> ask(std::string_view key, double amount,
                                                             bool take);
  [[nodiscard]] Bucket& bucket_of(Shard& shard, std::uint64_t hash,
                                  std::chrono::steady_clock::time_point now);
  [[nodiscard]] double tokens_at(const Bucket& bucket,
                                 std::chrono::steady_clock::time_point now) const;

  const RateLimit limit_;
  const Clock& clock_;
  const std::size_t max_keys_per_shard_;
  std::array<Shard, 16> shards_;
};

}  // namespace streamkit::http
