#pragma once

#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <string>

#include <streamkit/http/router.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>

namespace streamkit::worker_tool {

/// Serves GET /metrics and GET /healthz of a worker that runs without a server. It does not
/// authenticate clients: listen on an address that only the monitoring can reach.
/// Thread-safety: every method may be called from any thread, concurrently.
class MetricsEndpoint {
 public:
  /// Serves on `listen`, "host:port", until it is destroyed. All references must outlive it.
  /// Errors: see http::Server::start().
  static Result<std::unique_ptr<MetricsEndpoint>> start(const std::string& listen, JobQueue& jobs,
                                                        const telemetry::PrometheusMetrics& metrics,
                                                        Context context);

  /// Returns the port on which it listens.
  [[nodiscard]] std::uint16_t port() const noexcept { return http_->port(); }

 private:
  MetricsEndpoint(JobQueue& jobs, const telemetry::PrometheusMetrics& metrics, bool guarded,
                  Context context);
  http::Response health();
  http::Response metrics();

  JobQueue& jobs_;
  const telemetry::PrometheusMetrics& metrics_;
  const Context context_;
  http::Router router_;
  // Last, because its threads use all of the above.
  std::unique_ptr<http::Server> http_;
};

/// Initializes the worker's counters with 0, so that rates are correct from the first count.
void begin_worker_metrics(telemetry::PrometheusMetrics& metrics);

}  // namespace streamkit::worker_tool
