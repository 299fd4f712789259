#include "worker/metrics_endpoint.hpp"

#include <array>
#include <streamkit/worker/segment_converter.hpp>

namespace streamkit::worker_tool {
namespace {

using http::Response;

struct Description {
  std::string_view family;
  std::string_view help;
};

constexpr std::array kDescriptions = {
    Description{"streamkit_buried_jobs_total", "Jobs given up."},
    Description{
        "streamkit_chunks_total",
        "Segments created from chunks: converted, flat (both eyes see the source), filler (could "
        "not be decoded)."},
    Description{"streamkit_conversion_seconds", "From a chunk's bytes to its stored segment."},
    Description{"streamkit_conversions_in_flight", "Conversions now."},
    Description{"streamkit_damaged_chunks_total", "Chunks of which only a part could be decoded."},
    Description{"streamkit_dropped_stream_jobs_total", "Jobs dropped: streaming is disabled."},
    Description{"streamkit_failed_conversions_total", "Failed attempts, including repeated ones."},
    Description{"streamkit_ignored_objects_total", "Objects that are not stream chunks."},
    Description{"streamkit_queue_waiting", "Jobs that wait for a worker."},
    Description{"streamkit_queue_in_flight", "Jobs that a worker has."},
    Description{"streamkit_queue_dead", "Jobs given up and not purged."},
    Description{"streamkit_segment_states_refused_total",
                "States of the segment before that could not be used."},
};

// They begin at 0, so that the first count is an increase.
constexpr std::array<std::string_view, 6> kCounters = {
    "streamkit_buried_jobs_total",         "streamkit_damaged_chunks_total",
    "streamkit_dropped_stream_jobs_total", "streamkit_failed_conversions_total",
    "streamkit_ignored_objects_total",     "streamkit_segment_states_refused_total",
};

// One scrape at a time is the rule; a second one waits for a moment.
constexpr int kThreads = 1;
constexpr std::size_t kMostConnections = 64;

http::Response uncached(http::Response response) {
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::start(
    const std::string& listen, JobQueue& jobs, const telemetry::PrometheusMetrics& metrics,
    Context context) {
  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint(jobs, metrics, context));
  auto http = http::HttpServer::start(
      {.listen = listen, .threads = kThreads, .max_connections = kMostConnections}, *endpoint,
      // Its connections are no viewers.
      {.logger = context.logger, .clock = context.clock});
  if (!http) return http.error();
  endpoint->http_ = *std::move(http);
  return endpoint;
}

std::variant<http::Admission, http::Response> MetricsEndpoint::admit(const http::Request&) {
  return http::Admission{};
}

http::Response MetricsEndpoint::refuse(const http::Request&, int status,
                                       std::string_view message) const {
  return http::error_response(status, status == 503 ? "unavailable" : "bad_request", message);
}

http::Reply MetricsEndpoint::handle(const http::Request& request) {
  const bool known = request.path == "/metrics" || request.path == "/healthz";
  if (!known) return http::error_response(404, "not_found", "no such resource");
  if (request.method != "GET" && request.method != "HEAD") {
    return http::method_not_allowed("GET, HEAD");
  }
  return uncached(request.path == "/metrics" ? metrics() : health());
}

http::Response MetricsEndpoint::health() {
  if (const auto depth = jobs_.depth(); !depth) {
    context_.log(LogLevel::Error, "not ready", {{"reason", to_string(depth.error())}});
    return http::error_response(503, "unavailable", "the job queue is not available");
  }
  return http::text_response(200, "application/json", "{\"status\":\"ok\"}\n");
}

http::Response MetricsEndpoint::metrics() {
  if (const auto depth = jobs_.depth()) {
    context_.gauge("streamkit_queue_waiting", static_cast<double>(depth->waiting));
    context_.gauge("streamkit_queue_in_flight", static_cast<double>(depth->in_flight));
    context_.gauge("streamkit_queue_dead", static_cast<double>(depth->dead));
  }
  return http::text_response(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.render());
}

void begin_worker_metrics(telemetry::PrometheusMetrics& metrics) {
  for (const auto& row : kDescriptions) metrics.describe(row.family, row.help);
  const Context context{.metrics = &metrics};
  for (const auto name : kCounters) context.count(name, 0);
  for (const auto outcome : {SegmentKind::Converted, SegmentKind::Filler, SegmentKind::Flat}) {
    context.count("streamkit_chunks_total", 0, {{"outcome", worker::outcome_label(outcome)}});
  }
  context.gauge("streamkit_conversions_in_flight", 0);
}

}  // namespace streamkit::worker_tool
