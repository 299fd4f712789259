#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>

namespace streamkit::common {

/// Keeps measurements and prints them in Prometheus's text format. A name may carry labels, as in
/// `streamkit_chunks_total{outcome="converted"}`; lines of one family are printed together.
/// Distributions become histograms with kBuckets, made for seconds.
/// Source: Prometheus documentation, "Text-based format", version 0.0.4.
/// Thread-safety: every method may be called from any thread at once.
class PrometheusMetrics final : public Metrics {
 public:
  static constexpr std::array kBuckets = {0.005, 0.01, 0.025, 0.05, 0.1,  0.25, 0.5,
                                          1.0,   2.5,  5.0,   10.0, 30.0, 60.0};

  void add(std::string_view name, double delta) noexcept override;
  void set(std::string_view name, double value) noexcept override;
  void observe(std::string_view name, double value) noexcept override;

  [[nodiscard]] std::string render() const;

 private:
  struct Histogram {
    std::array<std::uint64_t, kBuckets.size()> counts{};
    std::uint64_t count = 0;
    double sum = 0;
  };

  mutable std::mutex mutex_;
  // Guarded by mutex_. Sorted, so that a family's lines are neighbours.
  std::map<std::string, double, std::less<>> counters_;
  std::map<std::string, double, std::less<>> gauges_;
  std::map<std::string, Histogram, std::less<>> histograms_;
};

}  // namespace streamkit::common
