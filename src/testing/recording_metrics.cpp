#include <streamkit/testing/recording_metrics.hpp>

namespace streamkit::testing {

void RecordingMetrics::add(std::string_view name, double delta) noexcept {
  std::lock_guard lock(mutex_);
  counters_[std::string(name)] += delta;
}

void RecordingMetrics::set(std::string_view name, double value) noexcept {
  std::lock_guard lock(mutex_);
  gauges_[std::string(name)] = value;
}

void RecordingMetrics::observe(std::string_view name, double value) noexcept {
  std::lock_guard lock(mutex_);
  observations_[std::string(name)].push_back(value);
}

double RecordingMetrics::counter(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto found = counters_.find(name);
  return found == counters_.end() ? 0 : found->second;
}

std::optional<double> RecordingMetrics::gauge(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto found = gauges_.find(name);
  return found == gauges_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<double> RecordingMetrics::observations(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto found = observations_.find(name);
  return found == observations_.end() ? std::vector<double>() : found->second;
}

}  // namespace streamkit::testing
