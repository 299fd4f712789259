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

/// Returns the level's name in lower case, as in "warning".
STREAMKIT_API [[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// One structured field of a log line. `name` is a literal such as "session_id".
struct STREAMKIT_API LogField {
  std::string_view name;
  std::string value;
};

/// Receives log lines. Implementations must be callable concurrently from any thread, must not
/// throw and should not block. The library holds no lock during the call.
class STREAMKIT_API Logger {
 public:
  virtual ~Logger() = default;
  virtual void log(LogLevel level, std::string_view message,
                   std::span<const LogField> fields) noexcept = 0;
};

/// One label of a measurement. `name` is a literal such as "route"; `value` may be any text and is
/// only read during the call.
struct STREAMKIT_API MetricLabel {
  std::string_view name;
  std::string_view value;
};

/// Receives measurements. Names are Prometheus-like ("streamkit_chunks_uploaded_total"). A name and
/// its labels together identify one series; callers pass the labels of a name in one order.
/// Implementations follow the same rules as for Logger.
class STREAMKIT_API Metrics {
 public:
  virtual ~Metrics() = default;
  /// Adds `delta` >= 0 to a counter.
  virtual void add(std::string_view name, double delta,
                   std::span<const MetricLabel> labels) noexcept = 0;
  /// Sets a gauge to `value`.
  virtual void set(std::string_view name, double value,
                   std::span<const MetricLabel> labels) noexcept = 0;
  /// Records one observation of a distribution, in the unit that the name ends with.
  virtual void observe(std::string_view name, double value,
                       std::span<const MetricLabel> labels) noexcept = 0;
};

/// Provides the time of day and a steady clock, replaceable for tests. Callable from any thread.
class STREAMKIT_API Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point system_now() const = 0;
  /// Blocks until `deadline` or until `stop` is requested. Returns true if the deadline was
  /// reached.
  virtual bool wait_until(std::chrono::steady_clock::time_point deadline, std::stop_token stop) = 0;
};

/// Returns the clocks of the machine. The object lives for the whole program.
STREAMKIT_API [[nodiscard]] Clock& system_clock();

/// The logger, metrics and clock that the application provides. The pointed-to objects must outlive
/// every object that was given the context. A null pointer means: no log, no metrics, the clock of
/// the machine. Copies are cheap and share `fields`.
struct STREAMKIT_API Context {
  Logger* logger = nullptr;
  Metrics* metrics = nullptr;
  Clock* clock = nullptr;
  /// The fields with which each log line begins, immutable. Null means none. Set by with().
  std::shared_ptr<const std::vector<LogField>> fields = nullptr;

  /// Returns this context with `field` added to each log line. A field of the same name is
  /// replaced.
  [[nodiscard]] Context with(LogField field) const;
  [[nodiscard]] Context with(std::initializer_list<LogField> added) const;

  [[nodiscard]] Clock& clock_or_system() const;
  /// Writes a log line. A field given here replaces one of the same name that with() added.
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
