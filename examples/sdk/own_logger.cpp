// The library logs and counts through what the application lends it, and nowhere else.
#include <iostream>
#include <map>
#include <mutex>
#include <streamkit/store/uploader.hpp>

using namespace streamkit;

namespace {

class TerminalLogger final : public Logger {
 public:
  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override {
    const std::lock_guard lock(mutex_);
    std::cout << '[' << to_string(level) << "] " << message;
    for (const LogField& field : fields) std::cout << ' ' << field.name << '=' << field.value;
    std::cout << '\n';
  }

 private:
  std::mutex mutex_;
};

class CountingMetrics final : public Metrics {
 public:
  void add(std::string_view name, double delta, std::span<const MetricLabel>) noexcept override {
    const std::lock_guard lock(mutex_);
    counters_[std::string(name)] += delta;
  }
  void set(std::string_view, double, std::span<const MetricLabel>) noexcept override {}
  void observe(std::string_view, double, std::span<const MetricLabel>) noexcept override {}
  void print() const {
    for (const auto& [name, value] : counters_) std::cout << name << " = " << value << '\n';
  }

 private:
  std::mutex mutex_;
  std::map<std::string, double> counters_;  // read when all threads are joined
};

class FullStore final : public ObjectWriter {
 public:
  Result<void> put(std::string_view, std::span<const std::uint8_t>, const PutOptions&,
                   std::stop_token) override {
    return Error{ErrorCode::Unavailable, "the store is being restarted"};
  }
};

}  // namespace

int main() {
  TerminalLogger logger;
  CountingMetrics metrics;
  FullStore store;
  UploaderOptions options;
  options.retry = {.max_attempts = 3, .initial_delay = std::chrono::milliseconds(5)};
  Result<void> finished;
  {
    auto uploader = Uploader::create(store, "my-session", options, {&logger, &metrics});
    Result<void> submitted = (*uploader)->submit(Chunk{.data = {1, 2, 3}}, {});
    finished = submitted ? (*uploader)->finish({}) : submitted;
  }
  std::cout << "in the end: " << (finished ? "stored" : to_string(finished.error())) << '\n';
  metrics.print();
  return finished ? 1 : 0;  // the store of this example never works
}
