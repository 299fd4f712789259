#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>

#include <streamkit/http/router.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/viewers.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>
#include "server/health_api.hpp"

namespace streamkit::server {

/// Serves GET /metrics, including values that are measured on request.
/// Thread-safety: every method may be called from any thread, concurrently.
class MetricsApi {
 public:
  struct Parts {
    /// Null: no metrics (404).
    const telemetry::PrometheusMetrics* metrics;
    JobQueue& jobs;
    HealthApi& health;
    live::ViewerCounts& viewers;
    live::ManifestService& playlists;
  };
  /// The targets of `parts` and `context` must outlive this object.
  MetricsApi(Parts parts, Context context) : parts_(parts), context_(context) {}

  /// Returns the route. This object must outlive it.
  [[nodiscard]] http::Route route();

 private:
  [[nodiscard]] http::Response respond();

  const Parts parts_;
  const Context context_;
};

/// Sets the help texts of the server's metrics, and initializes its counters with 0, so that rates
/// are correct from the first count.
void describe_server_metrics(telemetry::PrometheusMetrics& metrics);

}  // namespace streamkit::server
