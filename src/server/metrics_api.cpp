#include "server/metrics_api.hpp"

#include <array>
#include <string_view>

#include "server/json_error.hpp"
#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

struct Description {
  std::string_view name;
  std::string_view help;
};

constexpr std::array kCounters = {
    Description{"streamkit_sessions_created_total", "Sessions created."},
    Description{"streamkit_sessions_ended_idle_total", "Sessions ended because no chunks arrived."},
    Description{"streamkit_sessions_expired_total", "Sessions removed after they expired."},
    Description{"streamkit_objects_removed_total", "Objects removed with their sessions."},
    Description{"streamkit_chunks_stored_total", "Chunks acknowledged."},
    Description{"streamkit_chunk_bytes_total", "Bytes of the chunks acknowledged."},
    Description{"streamkit_chunks_failed_total", "Chunks that the store rejected."},
    Description{"streamkit_uploads_refused_total",
                "Requests to the S3 endpoint whose signature was not accepted."},
    Description{"streamkit_playlist_requests_total", "Playlists sent."},
    Description{"streamkit_playlists_not_started_total",
                "Playlists waited for in vain, because the stream had no segment yet."},
    Description{"streamkit_segment_requests_total", "Segments sent."},
    Description{"streamkit_http_connections_refused_total",
                "Connections closed because their client had too many."},
    Description{"streamkit_credentials_removed_total", "Expired credentials removed."},
    Description{"streamkit_live_streams_created_total", "Live streams created."},
    Description{"streamkit_live_broadcasts_total", "Broadcasts of live streams that began."},
    Description{"streamkit_publishers_lost_total",
                "Publishers whose connection broke, or that stopped sending."},
    Description{"streamkit_auth_failures_total", "Requests with a missing or wrong token or key."},
};

constexpr std::array kOthers = {
    Description{"streamkit_http_requests_total", "Requests with a response, by route and status."},
    Description{"streamkit_http_request_seconds",
                "Time from the head of a request to its response, without sending it; includes "
                "the time for which playlists are held."},
    Description{"streamkit_rate_limited_total", "Requests rejected because of a rate limit."},
    Description{"streamkit_live_broadcasts_ended_total", "Broadcasts that ended, by state."},
    Description{"streamkit_live_streams_active", "Live streams that are active."},
    Description{"streamkit_publishers_total",
                "Publishers accepted, by how: new, resumed (within the grace time), replaced "
                "(took over from another)."},
    Description{"streamkit_publishers_rejected_total", "Publishers rejected, by reason."},
    Description{"streamkit_publishers_connected", "Publishers connected now."},
    Description{"streamkit_queue_waiting", "Jobs waiting for a worker."},
    Description{"streamkit_queue_in_flight", "Jobs being processed by a worker."},
    Description{"streamkit_queue_dead", "Jobs in the dead-letter queue."},
    Description{"streamkit_sessions_live", "Sessions that have not ended."},
    Description{"streamkit_sessions_overdue", "Live sessions that should have been ended."},
    Description{"streamkit_viewers", "Clients that requested a playlist recently."},
    Description{"streamkit_playlists_in_memory", "Sessions with a playlist in memory."},
    Description{"streamkit_http_connections", "Open connections."},
    Description{"streamkit_disk_free_bytes", "Free space for objects."},
    Description{"streamkit_disk_reserve_bytes", "Free space that uploads must leave."},
    Description{"streamkit_http_bodies_refused_total",
                "Request bodies rejected because too many were in progress, or below the least "
                "rate, by limit."},
    Description{"streamkit_uploads_limited_total",
                "Uploads rejected because of a quota or the disk's reserve, by limit."},
    Description{"streamkit_sessions_limited_total",
                "Sessions not created because of their number or the disk's reserve, by limit."},
};

}  // namespace

http::Route MetricsApi::route() {
  return {.name = std::string(kMetricsRoute),
          .pattern = "/metrics",
          .methods = {"GET", "HEAD"},
          .admit = [this](const http::RequestHead& head, const http::PathParameters&) {
            return http::respond_to_head(head, [this] { return respond(); });
          }};
}

http::Response MetricsApi::respond() {
  if (parts_.metrics == nullptr)
    return error_response(404, "not_found", "this server has no metrics");
  if (const auto depth = parts_.jobs.depth()) {
    context_.gauge("streamkit_queue_waiting", static_cast<double>(depth->waiting));
    context_.gauge("streamkit_queue_in_flight", static_cast<double>(depth->in_flight));
    context_.gauge("streamkit_queue_dead", static_cast<double>(depth->dead));
  }
  parts_.health.measure();
  context_.gauge("streamkit_viewers", static_cast<double>(parts_.viewers.total()));
  context_.gauge("streamkit_playlists_in_memory", static_cast<double>(parts_.playlists.size()));
  auto response = http::text_response(200, "text/plain; version=0.0.4; charset=utf-8",
                                      parts_.metrics->render());
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

void describe_server_metrics(telemetry::PrometheusMetrics& metrics) {
  const Context context{.metrics = &metrics};
  for (const auto& counter : kCounters) {
    metrics.describe(counter.name, counter.help);
    context.count(counter.name, 0);
  }
  for (const auto& other : kOthers) metrics.describe(other.name, other.help);
}

}  // namespace streamkit::server
