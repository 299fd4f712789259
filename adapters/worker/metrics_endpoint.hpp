#pragma once

#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/job_queue.hpp>
#include <string>

#include "common/prometheus_metrics.hpp"
#include "server/http_server.hpp"

namespace streamkit::worker {

/// GET /metrics and GET /healthz of a worker that runs apart from the server. Asks nobody who they
/// are: listen where only the monitoring reaches.
/// Thread-safety: every method from any thread at once.
class MetricsEndpoint final : public server::RequestHandler {
 public:
  /// Serves on `listen`, "host:port", until it is destroyed. What is lent must outlive it.
  /// Errors: as HttpServer::start().
  static Result<std::unique_ptr<MetricsEndpoint>> start(const std::string& listen, JobQueue& jobs,
                                                        const common::PrometheusMetrics& metrics,
                                                        Context context);

  /// Where clients on this machine reach it.
  [[nodiscard]] std::uint16_t port() const noexcept { return http_->port(); }

  std::variant<server::Admission, server::Response> admit(const server::Request& head) override;
  server::Response refuse(const server::Request& head, int status,
                          std::string_view message) const override;
  server::Reply handle(const server::Request& request) override;

 private:
  MetricsEndpoint(JobQueue& jobs, const common::PrometheusMetrics& metrics, Context context)
      : jobs_(jobs), metrics_(metrics), context_(context) {}
  server::Response health();
  server::Response metrics();

  JobQueue& jobs_;
  const common::PrometheusMetrics& metrics_;
  const Context context_;
  // Last: its threads use all of the above.
  std::unique_ptr<server::HttpServer> http_;
};

/// Gives the worker's counters a first value of 0, so that a rate can be taken from the first count
/// on.
void begin_worker_metrics(common::PrometheusMetrics& metrics);

}  // namespace streamkit::worker
