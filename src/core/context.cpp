#include <condition_variable>
#include <mutex>
#include <streamkit/core/context.hpp>

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

void Context::log(LogLevel level, std::string_view message,
                  std::initializer_list<LogField> fields) const {
  if (logger != nullptr) logger->log(level, message, {fields.begin(), fields.size()});
}

void Context::count(std::string_view name, double delta) const {
  if (metrics != nullptr) metrics->add(name, delta);
}

void Context::gauge(std::string_view name, double value) const {
  if (metrics != nullptr) metrics->set(name, value);
}

void Context::observe(std::string_view name, double value) const {
  if (metrics != nullptr) metrics->observe(name, value);
}

}  // namespace streamkit
