#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace streamkit::telemetry {

/// Collects measurements and prints them in the Prometheus text format, as in
/// `streamkit_chunks_total{outcome="converted"}`; the lines of one family are printed together.
/// Distributions become histograms with kBuckets, which are chosen for seconds. A measurement takes
/// well under a microsecond regardless of the number of threads, because each thread has its own
/// shard.
/// Source: Prometheus documentation, "Text-based format", version 0.0.4.
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API PrometheusMetrics final : public Metrics {
 public:
  static constexpr std::array kBuckets = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1,  0.25,
                                          0.5,   1.0,   2.5,  5.0,   10.0, 30.0, 60.0};

  void add(std::string_view name, double delta,
           std::span<const MetricLabel> labels) noexcept override;
  void set(std::string_view name, double value,
           std::span<const MetricLabel> labels) noexcept override;
  void observe(std::string_view name, double value,
               std::span<const MetricLabel> labels) noexcept override;
  /// Sets the text of the family's "# HELP" line, one line long. A family without it has no such
  /// line.
  void describe(std::string_view family, std::string_view help);

  [[nodiscard]] std::string render() const;

 private:
  struct Histogram {
    std::array<std::uint64_t, kBuckets.size()> counts{};
    std::uint64_t count = 0;
    double sum = 0;
  };
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>()(name);
    }
  };
  template <typename T>
  using ByName = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;
  // Aligned to cache lines, so that threads with different shards share no cache line.
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    // Guarded by mutex
    ByName<double> counters;
    ByName<Histogram> histograms;
  };

  [[nodiscard]] Shard& own_shard() noexcept;

  std::array<Shard, 16> shards_;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, double, std::less<>> gauges_;
  std::map<std::string, std::string, std::less<>> help_;
};

}  // namespace streamkit::telemetry
