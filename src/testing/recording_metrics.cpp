#include <streamkit/testing/recording_metrics.hpp>

namespace streamkit::testing {
namespace {

std::string series(std::string_view name, std::span<const MetricLabel> labels) {
  std::string text(name);
  for (const MetricLabel& label : labels) {
    text += text.size() == name.size() ? '{' : ',';
    text.append(label.name).append("=\"").append(label.value).append("\"");
  }
  if (!labels.empty()) text += '}';
  return text;
}

}  // namespace

void RecordingMetrics::add(std::string_view name, double delta,
                           std::span<const MetricLabel> labels) noexcept {
  std::lock_guard lock(mutex_);
  counters_[series(name, labels)] += delta;
}

void RecordingMetrics::set(std::string_view name, double value,
                           std::span<const MetricLabel> labels) noexcept {
  std::lock_guard lock(mutex_);
  gauges_[series(name, labels)] = value;
}

void RecordingMetrics::observe(std::string_view name, double value,
                               std::span<const MetricLabel> labels) noexcept {
  std::lock_guard lock(mutex_);
  observations_[series(name, labels)].push_back(value);
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
