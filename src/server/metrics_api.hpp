#pragma once

#include <streamkit/telemetry/prometheus_metrics.hpp>

namespace streamkit::server {

/// Gives the server's metrics their help texts, and its counters a first value of 0, so that a
/// rate can be taken from the first count on.
void describe_server_metrics(telemetry::PrometheusMetrics& metrics);

}  // namespace streamkit::server
