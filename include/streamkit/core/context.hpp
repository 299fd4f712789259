#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

enum class LogLevel { Debug, Info, Warning, Error };

/// The level's name in lower case, as in "warning".
STREAMKIT_API [[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// One structured field of a log line. `name` is a literal such as "session_id".
struct STREAMKIT_API LogField {
  std::string_view name;
  std::string value;
};

/// Where log lines go. Implementations must be callable from any thread at once, must not throw
/// and should not block. No lock of the library is held during the call.
class STREAMKIT_API Logger {
 public:
  virtual ~Logger() = default;
  virtual void log(LogLevel level, std::string_view message,
                   std::span<const LogField> fields) noexcept = 0;
};

/// One label of a measurement. `name` is a literal such as "route"; `value` may be any text and is
/// read during the call only.
struct STREAMKIT_API MetricLabel {
  std::string_view name;
  std::string_view value;
};

/// Where measurements go. Names are Prometheus-like ("streamkit_chunks_uploaded_total"). A name and
/// its labels together are one series; callers give the labels of a name in one order.
/// Same rules for implementations as for Logger.
class STREAMKIT_API Metrics {
 public:
  virtual ~Metrics() = default;
  /// A counter grows by `delta` >= 0.
  virtual void add(std::string_view name, double delta,
                   std::span<const MetricLabel> labels) noexcept = 0;
  /// A gauge takes `value`.
  virtual void set(std::string_view name, double value,
                   std::span<const MetricLabel> labels) noexcept = 0;
  /// One observation of a distribution, in the unit that the name ends with.
  virtual void observe(std::string_view name, double value,
                       std::span<const MetricLabel> labels) noexcept = 0;
};

/// The time of day and the passing of time, replaceable for tests. Callable from any thread.
class STREAMKIT_API Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point system_now() const = 0;
  /// Blocks until `deadline` or until `stop` is requested. True when the deadline was reached.
  virtual bool wait_until(std::chrono::steady_clock::time_point deadline, std::stop_token stop) = 0;
};

/// The machine's clocks. Lives for the whole program.
STREAMKIT_API [[nodiscard]] Clock& system_clock();

/// What the application lends to the library. The pointed-to objects must outlive every object
/// that was given the context. Null means: silent, no metrics, the machine's clock.
/// Copies are cheap and share `fields`.
struct STREAMKIT_API Context {
  Logger* logger = nullptr;
  Metrics* metrics = nullptr;
  Clock* clock = nullptr;
  /// Immutable; begins each log line. Null means none. Set by with().
  std::shared_ptr<const std::vector<LogField>> fields = nullptr;

  /// Returns this context with `field` added to each log line. A field of the same name is
  /// replaced.
  [[nodiscard]] Context with(LogField field) const;
  [[nodiscard]] Context with(std::initializer_list<LogField> added) const;

  [[nodiscard]] Clock& clock_or_system() const;
  /// A field given here replaces one of the same name that with() added.
  void log(LogLevel level, std::string_view message,
           std::initializer_list<LogField> line_fields = {}) const;
  void count(std::string_view name, double delta = 1,
             std::initializer_list<MetricLabel> labels = {}) const;
  void gauge(std::string_view name, double value,
             std::initializer_list<MetricLabel> labels = {}) const;
  void observe(std::string_view name, double value,
               std::initializer_list<MetricLabel> labels = {}) const;
};

}  // namespace streamkit
