#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string>
#include <vector>

namespace streamkit::testing {

/// Keeps every measurement. A series with labels is looked up as `name{label="value"}`, with the
/// labels in the order in which they were given and separated by commas.
/// Thread-safety: every method may be called from any thread at once.
class STREAMKIT_API RecordingMetrics final : public Metrics {
 public:
  void add(std::string_view name, double delta,
           std::span<const MetricLabel> labels) noexcept override;
  void set(std::string_view name, double value,
           std::span<const MetricLabel> labels) noexcept override;
  void observe(std::string_view name, double value,
               std::span<const MetricLabel> labels) noexcept override;

  /// 0 when it was never counted.
  [[nodiscard]] double counter(std::string_view name) const;
  /// The last value; empty when it was never set.
  [[nodiscard]] std::optional<double> gauge(std::string_view name) const;
  /// In the order in which they came.
  [[nodiscard]] std::vector<double> observations(std::string_view name) const;

 private:
  template <typename T>
  using ByName = std::map<std::string, T, std::less<>>;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  ByName<double> counters_;
  ByName<double> gauges_;
  ByName<std::vector<double>> observations_;
};

}  // namespace streamkit::testing
