#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <utility>

namespace streamkit {
namespace {

class SystemClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
  std::chrono::system_clock::time_point system_now() const override {
    return std::chrono::system_clock::now();
  }
  bool wait_until(std::chrono::steady_clock::time_point deadline, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop, deadline, [] { return false; });
    return !stop.stop_requested();
  }
};

// Returns the fields of `base` whose names `added` does not repeat, followed by `added`.
std::vector<LogField> joined(const std::vector<LogField>* base, std::span<const LogField> added) {
  std::vector<LogField> all;
  all.reserve((base != nullptr ? base->size() : 0) + added.size());
  if (base != nullptr) {
    std::copy_if(base->begin(), base->end(), std::back_inserter(all), [&](const LogField& field) {
      return std::none_of(added.begin(), added.end(),
                          [&](const LogField& other) { return other.name == field.name; });
    });
  }
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

std::span<const LogField> as_span(std::initializer_list<LogField> fields) noexcept {
  return {fields.begin(), fields.size()};
}

std::span<const MetricLabel> as_span(std::initializer_list<MetricLabel> labels) noexcept {
  return {labels.begin(), labels.size()};
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      return "error";
  }
  return "error";
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

Clock& Context::clock_or_system() const { return clock != nullptr ? *clock : system_clock(); }

Context Context::with(LogField field) const { return with({std::move(field)}); }

Context Context::with(std::initializer_list<LogField> added) const {
  Context context = *this;
  context.fields =
      std::make_shared<const std::vector<LogField>>(joined(fields.get(), as_span(added)));
  return context;
}

void Context::log(LogLevel level, std::string_view message,
                  std::initializer_list<LogField> line_fields) const {
  if (logger == nullptr) return;
  if (fields == nullptr) return logger->log(level, message, as_span(line_fields));
  logger->log(level, message, joined(fields.get(), as_span(line_fields)));
}

void Context::count(std::string_view name, double delta,
                    std::initializer_list<MetricLabel> labels) const {
  if (metrics != nullptr) metrics->add(name, delta, as_span(labels));
}

void Context::gauge(std::string_view name, double value,
                    std::initializer_list<MetricLabel> labels) const {
  if (metrics != nullptr) metrics->set(name, value, as_span(labels));
}

void Context::observe(std::string_view name, double value,
                      std::initializer_list<MetricLabel> labels) const {
  if (metrics != nullptr) metrics->observe(name, value, as_span(labels));
}

}  // namespace streamkit
