#include "worker/metrics_endpoint.hpp"

#include <array>
#include <streamkit/core/json_text.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/worker/segment_converter.hpp>

namespace streamkit::worker_tool {
namespace {

struct Description {
  std::string_view family;
  std::string_view help;
};

constexpr std::array kDescriptions = {
    Description{"streamkit_buried_jobs_total", "Jobs moved to the dead-letter queue."},
    Description{
        "streamkit_chunks_total",
        "Segments stored, by outcome: converted, flat (both eyes see the source frame), or filler "
        "(the chunk could not be decoded)."},
    Description{"streamkit_conversion_processes_ended_total",
                "Processes of conversions that ended or were ended, by cause."},
    Description{"streamkit_conversion_seconds",
                "Time from receiving a chunk to storing its segment."},
    Description{"streamkit_conversions_in_flight", "Conversions in progress."},
    Description{"streamkit_refused_chunks_total",
                "Chunks that exceed what one may cost, by limit; a filler took their place."},
    Description{"streamkit_damaged_chunks_total", "Chunks that could be decoded only in part."},
    Description{"streamkit_dropped_stream_jobs_total",
                "Jobs dropped because streaming is disabled."},
    Description{"streamkit_failed_conversions_total", "Failed attempts to convert a chunk."},
    Description{"streamkit_ignored_objects_total",
                "Objects ignored because they are not stream chunks."},
    Description{"streamkit_job_deliveries_total", "Jobs received, including those received again."},
    Description{"streamkit_lost_deliveries_total",
                "Jobs that were taken over from a worker that ended."},
    Description{"streamkit_queue_waiting", "Jobs waiting for a worker."},
    Description{"streamkit_queue_in_flight", "Jobs being processed by a worker."},
    Description{"streamkit_queue_dead", "Jobs in the dead-letter queue."},
    Description{"streamkit_segment_states_refused_total",
                "Saved states of the previous segment that could not be used."},
};

// These counters begin at 0, so that the first count is an increase.
constexpr std::array<std::string_view, 8> kCounters = {
    "streamkit_buried_jobs_total",         "streamkit_damaged_chunks_total",
    "streamkit_dropped_stream_jobs_total", "streamkit_failed_conversions_total",
    "streamkit_ignored_objects_total",     "streamkit_job_deliveries_total",
    "streamkit_lost_deliveries_total",     "streamkit_segment_states_refused_total",
};

// Usually there is one scrape at a time; a second one waits for a moment.
constexpr int kThreads = 1;
constexpr std::size_t kMostConnections = 64;

http::Response uncached(int status, std::string content_type, std::string body) {
  auto response = http::text_response(status, std::move(content_type), std::move(body));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response word_error(int status, std::string_view message) {
  constexpr std::string_view kBadRequest = "bad_request";
  const std::string_view code = status == 403   ? "forbidden"
                                : status == 404 ? "not_found"
                                : status == 405 ? "method_not_allowed"
                                : status == 503 ? "unavailable"
                                                : kBadRequest;
  return uncached(status, "application/json",
                  "{\"error\":{\"code\":" + json_string(code) +
                      ",\"message\":" + json_string(message) + "}}\n");
}

// `guarded`: only this machine can reach the endpoint, and so can web pages in its browsers, under
// names of their own.
http::Route read_route(std::string pattern, bool guarded, std::function<http::Response()> respond) {
  http::Route route{
      .name = pattern.substr(1), .pattern = std::move(pattern), .methods = {"GET", "HEAD"}};
  route.admit = [guarded, respond = std::move(respond)](
                    const http::RequestHead& head,
                    const http::PathParameters&) -> http::AdmissionResult {
    if (guarded && !net::names_this_machine(head.header("Host"))) {
      return word_error(403, "this endpoint accepts only the host name localhost");
    }
    return http::respond_to_head(head, respond);
  };
  return route;
}

}  // namespace

MetricsEndpoint::MetricsEndpoint(JobQueue& jobs, const telemetry::PrometheusMetrics& metrics,
                                 bool guarded, Context context)
    : jobs_(jobs),
      metrics_(metrics),
      context_(context),
      // Without metrics in its context, the requests are not counted with those of viewers.
      router_({read_route("/metrics", guarded, [this] { return this->metrics(); }),
               read_route("/healthz", guarded, [this] { return health(); })},
              word_error, {.logger = context.logger, .clock = context.clock}) {}

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::start(
    const std::string& listen, JobQueue& jobs, const telemetry::PrometheusMetrics& metrics,
    Context context) {
  const auto address = http::parse_listen_address(listen);
  if (!address) return address.error();
  std::unique_ptr<MetricsEndpoint> endpoint(
      new MetricsEndpoint(jobs, metrics, address->loopback, context));
  auto http = http::Server::start(
      {.listen = listen, .threads = kThreads, .max_connections = kMostConnections},
      endpoint->router_,
      // Without metrics in its context, the connections are not counted with those of viewers.
      {.logger = context.logger, .clock = context.clock});
  if (!http) return http.error();
  endpoint->http_ = *std::move(http);
  return endpoint;
}

http::Response MetricsEndpoint::health() {
  if (const auto usable = jobs_.check(); !usable) {
    context_.log(LogLevel::Error, "not ready", {{"reason", to_string(usable.error())}});
    return word_error(503, "the job queue is not available");
  }
  return uncached(200, "application/json", "{\"status\":\"ok\"}\n");
}

http::Response MetricsEndpoint::metrics() {
  if (const auto depth = jobs_.depth()) {
    context_.gauge("streamkit_queue_waiting", static_cast<double>(depth->waiting));
    context_.gauge("streamkit_queue_in_flight", static_cast<double>(depth->in_flight));
    context_.gauge("streamkit_queue_dead", static_cast<double>(depth->dead));
  }
  return uncached(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.render());
}

void begin_worker_metrics(telemetry::PrometheusMetrics& metrics) {
  for (const auto& row : kDescriptions) metrics.describe(row.family, row.help);
  const Context context{.metrics = &metrics};
  for (const auto name : kCounters) context.count(name, 0);
  for (const auto outcome : {SegmentKind::Converted, SegmentKind::Filler, SegmentKind::Flat}) {
    context.count("streamkit_chunks_total", 0, {{"outcome", worker::outcome_label(outcome)}});
  }
  for (const Limit limit : kLimits) {
    context.count("streamkit_refused_chunks_total", 0, {{"limit", to_string(limit)}});
  }
  context.gauge("streamkit_conversions_in_flight", 0);
}

}  // namespace streamkit::worker_tool
