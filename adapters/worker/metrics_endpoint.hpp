#pragma once

#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <string>

#include <streamkit/http/router.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>

namespace streamkit::worker_tool {

/// GET /metrics and GET /healthz of a worker that runs apart from the server. Asks nobody who they
/// are: listen where only the monitoring reaches.
/// Thread-safety: every method from any thread at once.
class MetricsEndpoint {
 public:
  /// Serves on `listen`, "host:port", until it is destroyed. All references must outlive it.
  /// Errors: as http::Server::start().
  static Result<std::unique_ptr<MetricsEndpoint>> start(const std::string& listen, JobQueue& jobs,
                                                        const telemetry::PrometheusMetrics& metrics,
                                                        Context context);

  /// Where clients on this machine reach it.
  [[nodiscard]] std::uint16_t port() const noexcept { return http_->port(); }

 private:
  MetricsEndpoint(JobQueue& jobs, const telemetry::PrometheusMetrics& metrics, Context context);
  http::Response health();
  http::Response metrics();

  JobQueue& jobs_;
  const telemetry::PrometheusMetrics& metrics_;
  const Context context_;
  http::Router router_;
  // Last: its threads use all of the above.
  std::unique_ptr<http::Server> http_;
};

/// Gives the worker's counters a first value of 0, so that a rate can be taken from the first count
/// on.
void begin_worker_metrics(telemetry::PrometheusMetrics& metrics);

}  // namespace streamkit::worker_tool
