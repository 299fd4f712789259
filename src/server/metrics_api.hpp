#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>

#include <streamkit/http/router.hpp>
#include <streamkit/live/manifest_service.hpp>
#include <streamkit/live/viewers.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>
#include "server/health_api.hpp"

namespace streamkit::server {

/// GET /metrics, with what is measured only when it is asked for.
/// Thread-safety: every method from any thread, concurrently.
class MetricsApi {
 public:
  struct Parts {
    /// Null: there are none (404).
    const telemetry::PrometheusMetrics* metrics;
    JobQueue& jobs;
    HealthApi& health;
    live::ViewerCounts& viewers;
    live::ManifestService& playlists;
  };
  /// What `parts` and `context` refer to must outlive this.
  MetricsApi(Parts parts, Context context) : parts_(parts), context_(context) {}

  /// Its handler refers to this.
  [[nodiscard]] http::Route route();

 private:
  [[nodiscard]] http::Response respond();

  const Parts parts_;
  const Context context_;
};

/// Gives the server's metrics their help texts, and its counters a first value of 0, so that a
/// rate can be taken from the first count on.
void describe_server_metrics(telemetry::PrometheusMetrics& metrics);

}  // namespace streamkit::server
