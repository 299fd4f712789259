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
  /// How much each key may take, in the long run. 0: as much as it likes.
  double per_second = 0;
  /// How much it may take at once after a pause.
  double burst = 0;
};

/// A token bucket for each key. The table is bounded: when it is full of keys that were active
/// lately, further ones share a bucket, so that many strangers slow each other down and nobody who
/// is there already. Keys are told apart by a hash of 64 bits.
/// Thread-safety: every method from any thread at once.
class STREAMKIT_API RateLimiter {
 public:
  static constexpr std::size_t kDefaultMaxKeys = 65'536;

  /// `clock` must outlive this.
  RateLimiter(RateLimit limit, const Clock& clock, std::size_t max_keys = kDefaultMaxKeys);

  /// Takes `amount` from the key's bucket. Nothing: taken; else when to ask again, and nothing is
  /// taken.
  [[nodiscard]] std::optional<std::chrono::milliseconds> take(std::string_view key,
                                                              double amount = 1);
  /// What take() would say, without taking.
  [[nodiscard]] std::optional<std::chrono::milliseconds> look(std::string_view key,
                                                              double amount = 1);
  /// Keys in the table.
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
