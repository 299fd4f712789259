#pragma once

#include "common/prometheus_metrics.hpp"

namespace streamkit::server {

/// Gives the server's metrics their help texts, and its counters a first value of 0, so that a
/// rate can be taken from the first count on.
void describe_server_metrics(common::PrometheusMetrics& metrics);

}  // namespace streamkit::server
