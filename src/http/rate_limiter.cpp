#include <streamkit/http/rate_limiter.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

namespace streamkit::http {
RateLimiter::RateLimiter(RateLimit limit, const Clock& clock, std::size_t max_keys)
    : limit_(limit),
      clock_(clock),
      max_keys_per_shard_(std::max<std::size_t>(1, max_keys / std::size(shards_))) {
  for (auto& shard : shards_) shard.shared = {limit_.burst, clock_.steady_now()};
}

std::optional<std::chrono::milliseconds> RateLimiter::take(std::string_view key, double amount) {
  return ask(key, amount, true);
}

std::optional<std::chrono::milliseconds> RateLimiter::look(std::string_view key, double amount) {
  return ask(key, amount, false);
}

std::size_t RateLimiter::size() const {
  std::size_t size = 0;
  for (const auto& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    size += shard.buckets.size();
  }
  return size;
}

std::optional<std::chrono::milliseconds> RateLimiter::ask(std::string_view key, double amount,
                                                          bool take) {
  if (limit_.per_second <= 0) return {};
  const auto hash = std::hash<std::string_view>()(key);
  const auto now = clock_.steady_now();
  auto& shard = shards_[hash % std::size(shards_)];
  std::lock_guard lock(shard.mutex);
  Bucket& bucket = bucket_of(shard, hash, now);
  bucket = {tokens_at(bucket, now), std::max(bucket.filled_at, now)};
  if (bucket.tokens >= amount) {
    if (take) bucket.tokens -= amount;
    return {};
  }
  const double seconds = (amount - bucket.tokens) / limit_.per_second;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

RateLimiter::Bucket& RateLimiter::bucket_of(Shard& shard, std::uint64_t hash,
                                            std::chrono::steady_clock::time_point now) {
  const auto found = shard.buckets.find(hash);
  if (found != shard.buckets.end()) return found->second;
  if (shard.buckets.size() >= max_keys_per_shard_) {
    // The buckets of a shard are searched at most once a second, because that takes long.
    if (now - shard.swept_at < std::chrono::seconds(1)) return shard.shared;
    shard.swept_at = now;
    std::erase_if(shard.buckets,
                  [&](const auto& entry) { return tokens_at(entry.second, now) >= limit_.burst; });
    if (shard.buckets.size() >= max_keys_per_shard_) return shard.shared;
  }
  return shard.buckets.emplace(hash, Bucket{limit_.burst, now}).first->second;
}

double RateLimiter::tokens_at(const Bucket& bucket,
                              std::chrono::steady_clock::time_point now) const {
  const std::chrono::duration<double> passed = now - bucket.filled_at;
  return std::min(limit_.burst, bucket.tokens + std::max(0.0, passed.count()) * limit_.per_second);
}

}  // namespace streamkit::http
