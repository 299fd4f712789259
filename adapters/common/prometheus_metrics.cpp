#include "common/prometheus_metrics.hpp"

#include <charconv>
#include <exception>

namespace streamkit::common {
namespace {

// The shortest text that reads back as the same number, in any locale.
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

// `name{labels}` taken apart; the labels without their braces.
struct SeriesName {
  explicit SeriesName(std::string_view name)
      : family(name.substr(0, name.find('{'))), labels(name.substr(family.size())) {
    if (labels.size() >= 2) labels = labels.substr(1, labels.size() - 2);
  }
  std::string_view family;
  std::string_view labels;
};

// Writes "# TYPE" once per family.
class FamilyPrinter {
 public:
  FamilyPrinter(std::string& out, std::string_view type) : out_(out), type_(type) {}
  void begin(std::string_view family) {
    if (family == family_) return;
    family_ = family;
    ((((out_ += "# TYPE ") += family) += ' ') += type_) += '\n';
  }

 private:
  std::string& out_;
  std::string_view type_;
  std::string_view family_;
};

void print_values(std::string& out, std::string_view type,
                  const std::map<std::string, double, std::less<>>& values) {
  FamilyPrinter families(out, type);
  for (const auto& [name, value] : values) {
    families.begin(SeriesName(name).family);
    ((out += name) += ' ') += print(value) + '\n';
  }
}

}  // namespace

void PrometheusMetrics::add(std::string_view name, double delta) noexcept try {
  std::lock_guard lock(mutex_);
  find_or_add(counters_, name) += delta;
} catch (const std::exception&) {
  // Out of memory: the measurement is lost, the program goes on.
}

void PrometheusMetrics::set(std::string_view name, double value) noexcept try {
  std::lock_guard lock(mutex_);
  find_or_add(gauges_, name) = value;
} catch (const std::exception&) {
  // As in add().
}

void PrometheusMetrics::observe(std::string_view name, double value) noexcept try {
  std::lock_guard lock(mutex_);
  auto& histogram = find_or_add(histograms_, name);
  for (std::size_t i = 0; i < kBuckets.size(); ++i) {
    if (value <= kBuckets[i]) ++histogram.counts[i];
  }
  ++histogram.count;
  histogram.sum += value;
} catch (const std::exception&) {
  // As in add().
}

std::string PrometheusMetrics::render() const {
  std::string out;
  std::lock_guard lock(mutex_);
  print_values(out, "counter", counters_);
  print_values(out, "gauge", gauges_);
  FamilyPrinter families(out, "histogram");
  for (const auto& [name, histogram] : histograms_) {
    const SeriesName series(name);
    families.begin(series.family);
    const std::string family(series.family);
    const std::string labels(series.labels);
    const std::string separator = labels.empty() ? "" : ",";
    const auto bucket = [&](const std::string& bound, std::uint64_t count) {
      out += family + "_bucket{" + labels + separator + "le=\"" + bound + "\"} " +
             std::to_string(count) + '\n';
    };
    for (std::size_t i = 0; i < kBuckets.size(); ++i) {
      bucket(print(kBuckets[i]), histogram.counts[i]);
    }
    bucket("+Inf", histogram.count);
    const std::string braces = labels.empty() ? "" : '{' + labels + '}';
    out += family + "_sum" + braces + ' ' + print(histogram.sum) + '\n';
    out += family + "_count" + braces + ' ' + std::to_string(histogram.count) + '\n';
  }
  return out;
}

}  // namespace streamkit::common
