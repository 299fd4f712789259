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
/// Thread-safety: every method may be called concurrently from any thread.
class STREAMKIT_API RecordingMetrics final : public Metrics {
 public:
  void add(std::string_view name, double delta,
           std::span<const MetricLabel> labels) noexcept override;
  void set(std::string_view name, double value,
           std::span<const MetricLabel> labels) noexcept override;
  void observe(std::string_view name, double value,
               std::span<const MetricLabel> labels) noexcept override;

  /// Returns 0 if it was never counted.
  [[nodiscard]] double counter(std::string_view name) const;
  /// Returns the last value; nothing if it was never set.
  [[nodiscard]] std::optional<double> gauge(std::string_view name) const;
  /// Returns the values in order of arrival.
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
