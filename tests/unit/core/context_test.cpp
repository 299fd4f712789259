#include <gtest/gtest.h>

#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <string>
#include <thread>
#include <vector>

namespace streamkit {
namespace {

using namespace std::chrono_literals;

class CollectingLogger final : public Logger {
 public:
  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override {
    std::string line = std::string(to_string(level)) + " " + std::string(message);
    for (const LogField& field : fields) line += " " + std::string(field.name) + "=" + field.value;
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

class CollectingMetrics final : public Metrics {
 public:
  void add(std::string_view name, double delta,
           std::span<const MetricLabel> labels) noexcept override {
    note("add", name, delta, labels);
  }
  void set(std::string_view name, double value,
           std::span<const MetricLabel> labels) noexcept override {
    note("set", name, value, labels);
  }
  void observe(std::string_view name, double value,
               std::span<const MetricLabel> labels) noexcept override {
    note("observe", name, value, labels);
  }
  std::vector<std::string> calls;

 private:
  void note(std::string_view kind, std::string_view name, double value,
            std::span<const MetricLabel> labels) {
    std::string call =
        std::string(kind) + " " + std::string(name) + " " + std::to_string(static_cast<int>(value));
    for (const MetricLabel& label : labels) {
      call.append(" ").append(label.name).append("=").append(label.value);
    }
    calls.push_back(call);
  }
};

TEST(Context, IsSilentAndRunsOnTheSystemClockWhenNothingIsLent) {
  const Context context;
  context.log(LogLevel::Error, "nobody hears", {{"index", "1"}});
  context.count("a_total");
  context.gauge("b", 2);
  context.observe("c_seconds", 3);
  EXPECT_EQ(&context.clock_or_system(), &system_clock());
}

TEST(Context, PassesLinesWithTheirFieldsToTheLogger) {
  CollectingLogger logger;
  const Context context{.logger = &logger};
  context.log(LogLevel::Info, "stored", {{"session_id", "s"}, {"index", "4"}});
  context.log(LogLevel::Warning, "bare");
  EXPECT_EQ(logger.lines,
            (std::vector<std::string>{"info stored session_id=s index=4", "warning bare"}));
}

TEST(Context, PassesMeasurementsToTheMetrics) {
  CollectingMetrics metrics;
  const Context context{.metrics = &metrics};
  context.count("a_total");
  context.count("a_total", 5);
  context.gauge("b", 2);
  context.observe("c_seconds", 3);
  EXPECT_EQ(metrics.calls, (std::vector<std::string>{"add a_total 1", "add a_total 5", "set b 2",
                                                     "observe c_seconds 3"}));
}

TEST(Context, PassesLabelsToTheMetrics) {
  CollectingMetrics metrics;
  const Context context{.metrics = &metrics};
  const std::string route = "playlist";
  context.count("a_total", 1, {{"route", route}, {"status", "2xx"}});
  context.gauge("b", 2, {{"route", route}});
  context.observe("c_seconds", 3, {{"route", route}});
  EXPECT_EQ(metrics.calls, (std::vector<std::string>{"add a_total 1 route=playlist status=2xx",
                                                     "set b 2 route=playlist",
                                                     "observe c_seconds 3 route=playlist"}));
}

TEST(Context, BeginsEachLineWithTheFieldsThatWereAdded) {
  CollectingLogger logger;
  const Context context{.logger = &logger};
  const Context session = context.with({"session_id", "s"});
  const Context chunk = session.with({{"index", "4"}, {"attempt", "1"}});
  context.log(LogLevel::Info, "bare");
  session.log(LogLevel::Info, "stored", {{"bytes", "9"}});
  chunk.log(LogLevel::Warning, "late");
  EXPECT_EQ(logger.lines,
            (std::vector<std::string>{"info bare", "info stored session_id=s bytes=9",
                                      "warning late session_id=s index=4 attempt=1"}));
}

TEST(Context, PrefersTheLaterOfTwoFieldsOfOneName) {
  CollectingLogger logger;
  const Context context = Context{.logger = &logger}.with({{"index", "1"}, {"session_id", "s"}});
  context.log(LogLevel::Info, "line", {{"index", "2"}});
  context.with({"index", "3"}).log(LogLevel::Info, "context");
  EXPECT_EQ(logger.lines, (std::vector<std::string>{"info line session_id=s index=2",
                                                    "info context session_id=s index=3"}));
}

TEST(Context, KeepsLoggerMetricsAndClockWhenAFieldIsAdded) {
  CollectingLogger logger;
  CollectingMetrics metrics;
  testing::FakeClock clock;
  const Context context{.logger = &logger, .metrics = &metrics, .clock = &clock};
  const Context with = context.with({"session_id", "s"});
  EXPECT_EQ(with.logger, &logger);
  EXPECT_EQ(with.metrics, &metrics);
  EXPECT_EQ(with.clock, &clock);
  Context().with({"session_id", "s"}).log(LogLevel::Error, "nobody hears");
}

TEST(Context, PrefersTheClockThatIsLent) {
  testing::FakeClock clock;
  const Context context{.clock = &clock};
  EXPECT_EQ(&context.clock_or_system(), &clock);
}

TEST(LogLevel, HasALowerCaseName) {
  EXPECT_EQ(to_string(LogLevel::Debug), "debug");
  EXPECT_EQ(to_string(LogLevel::Info), "info");
  EXPECT_EQ(to_string(LogLevel::Warning), "warning");
  EXPECT_EQ(to_string(LogLevel::Error), "error");
}

TEST(SystemClock, ReachesADeadlineThatHasPassedAtOnce) {
  Clock& clock = system_clock();
  EXPECT_TRUE(clock.wait_until(clock.steady_now() - 1h, {}));
}

TEST(SystemClock, StopEndsALongWait) {
  Clock& clock = system_clock();
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(clock.wait_until(clock.steady_now() + 24h, stop.get_token()));
}

TEST(SystemClock, DoesNotWaitWhenStopWasRequestedBefore) {
  Clock& clock = system_clock();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.wait_until(clock.steady_now() + 24h, stop.get_token()));
}

}  // namespace
}  // namespace streamkit
