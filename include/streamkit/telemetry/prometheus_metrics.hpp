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

/// Keeps measurements and prints them in Prometheus's text format, as in
/// `streamkit_chunks_total{outcome="converted"}`; lines of one family are printed together.
/// Distributions become histograms with kBuckets, made for seconds.
/// Counting takes well under a microsecond however many threads do: each has a shard of its own.
/// Source: Prometheus documentation, "Text-based format", version 0.0.4.
/// Thread-safety: every method may be called from any thread at once.
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
  /// The family's "# HELP" line; without one it has none. One line of text.
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
  // On cache lines of its own: threads that share no shard share nothing.
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
