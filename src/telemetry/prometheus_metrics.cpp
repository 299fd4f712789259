#include <streamkit/telemetry/prometheus_metrics.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <exception>
#include <utility>

namespace streamkit::telemetry {
namespace {

// Returns the shortest text that parses to the same number, in any locale.
std::string print(double value) {
  std::array<char, 32> text;
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

template <typename Map>
auto& find_or_add(Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found != map.end() ? found->second : map[std::string(name)];
}

void append_escaped(std::string& out, std::string_view value) {
  const auto is_special = [](char c) { return c == '\\' || c == '"' || c == '\n'; };
  if (std::none_of(value.begin(), value.end(), is_special)) {
    out.append(value);
    return;
  }
  for (const char c : value) {
    if (is_special(c)) out.push_back('\\');
    out.push_back(c == '\n' ? 'n' : c);
  }
}

// Returns the series as it is printed, `name{label="value",...}`. Valid until the thread's next
// call.
std::string_view series_of(std::string_view name, std::span<const MetricLabel> labels) {
  if (labels.empty()) return name;
  // Reused, so that counting does not allocate.
  thread_local std::string text;
  text.assign(name);
  char separator = '{';
  for (const MetricLabel& label : labels) {
    text.push_back(std::exchange(separator, ','));
    text.append(label.name).append("=\"");
    append_escaped(text, label.value);
    text.push_back('"');
  }
  text.push_back('}');
  return text;
}

// The parts of `name{labels}`; the labels have no braces.
struct SeriesName {
  explicit SeriesName(std::string_view name)
      : family(name.substr(0, name.find('{'))), labels(name.substr(family.size())) {
    if (labels.size() >= 2) labels = labels.substr(1, labels.size() - 2);
  }
  std::string_view family;
  std::string_view labels;
};

using Help = std::map<std::string, std::string, std::less<>>;

// Writes "# HELP" and "# TYPE" once per family.
class FamilyPrinter {
 public:
  FamilyPrinter(std::string& out, std::string_view type, const Help& help)
      : out_(out), type_(type), help_(help) {}
  void begin(std::string_view family) {
    if (family == family_) return;
    family_ = family;
    if (const auto help = help_.find(family); help != help_.end()) {
      ((((out_ += "# HELP ") += family) += ' ') += help->second) += '\n';
    }
    ((((out_ += "# TYPE ") += family) += ' ') += type_) += '\n';
  }

 private:
  std::string& out_;
  std::string_view type_;
  const Help& help_;
  std::string_view family_;
};

void print_values(std::string& out, std::string_view type,
                  const std::map<std::string, double, std::less<>>& values, const Help& help) {
  FamilyPrinter families(out, type, help);
  for (const auto& [name, value] : values) {
    families.begin(SeriesName(name).family);
    ((out += name) += ' ') += print(value) + '\n';
  }
}

}  // namespace

PrometheusMetrics::Shard& PrometheusMetrics::own_shard() noexcept {
  static std::atomic<std::size_t> threads = 0;
  thread_local const std::size_t number = threads.fetch_add(1);
  return shards_[number % shards_.size()];
}

void PrometheusMetrics::add(std::string_view name, double delta,
                            std::span<const MetricLabel> labels) noexcept try {
  const auto series = series_of(name, labels);
  Shard& shard = own_shard();
  std::lock_guard lock(shard.mutex);
  find_or_add(shard.counters, series) += delta;
} catch (const std::exception&) {
  // Out of memory: the measurement is lost, the program goes on.
}

void PrometheusMetrics::set(std::string_view name, double value,
                            std::span<const MetricLabel> labels) noexcept try {
  const auto series = series_of(name, labels);
  std::lock_guard lock(mutex_);
  find_or_add(gauges_, series) = value;
} catch (const std::exception&) {
  // As in add().
}

void PrometheusMetrics::observe(std::string_view name, double value,
                                std::span<const MetricLabel> labels) noexcept try {
  // The first bucket that takes the value; render() adds up.
  const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), value);
  const auto series = series_of(name, labels);
  Shard& shard = own_shard();
  std::lock_guard lock(shard.mutex);
  auto& histogram = find_or_add(shard.histograms, series);
  if (bucket != kBuckets.end()) {
    ++histogram.counts[static_cast<std::size_t>(bucket - kBuckets.begin())];
  }
  ++histogram.count;
  histogram.sum += value;
} catch (const std::exception&) {
  // As in add().
}

void PrometheusMetrics::describe(std::string_view family, std::string_view help) {
  std::lock_guard lock(mutex_);
  help_.insert_or_assign(std::string(family), std::string(help));
}

std::string PrometheusMetrics::render() const {
  // Sorted, so that a family's lines are neighbours.
  std::map<std::string, double, std::less<>> counters;
  std::map<std::string, Histogram, std::less<>> histograms;
  for (const auto& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [name, value] : shard.counters) counters[name] += value;
    for (const auto& [name, part] : shard.histograms) {
      auto& sum = histograms[name];
      for (std::size_t i = 0; i < kBuckets.size(); ++i) sum.counts[i] += part.counts[i];
      sum.count += part.count;
      sum.sum += part.sum;
    }
  }
  std::string out;
  std::lock_guard lock(mutex_);
  print_values(out, "counter", counters, help_);
  print_values(out, "gauge", gauges_, help_);
  FamilyPrinter families(out, "histogram", help_);
  for (const auto& [name, histogram] : histograms) {
    const SeriesName series(name);
    families.begin(series.family);
    const auto bucket = [&](const std::string& bound, std::uint64_t count) {
      out.append(series.family).append("_bucket{").append(series.labels);
      out.append(series.labels.empty() ? "le=\"" : ",le=\"").append(bound).append("\"} ");
      out.append(std::to_string(count)).append("\n");
    };
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBuckets.size(); ++i) {
      bucket(print(kBuckets[i]), below += histogram.counts[i]);
    }
    bucket("+Inf", histogram.count);
    const auto line = [&](std::string_view suffix, const std::string& value) {
      out.append(series.family).append(suffix);
      if (!series.labels.empty()) out.append("{").append(series.labels).append("}");
      out.append(" ").append(value).append("\n");
    };
    line("_sum", print(histogram.sum));
    line("_count", std::to_string(histogram.count));
  }
  return out;
}

}  // namespace streamkit::telemetry
