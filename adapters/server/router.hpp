#pragma once

#include <array>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/job_queue.hpp>
#include <string>

#include "common/prometheus_metrics.hpp"
#include "server/gate.hpp"
#include "server/health_api.hpp"
#include "server/http_message.hpp"
#include "server/route.hpp"
#include "server/s3_api.hpp"
#include "server/session_api.hpp"
#include "server/stream_api.hpp"
#include "server/watch_page.hpp"

namespace streamkit::server {

/// Sends each request to the part of the server that answers it, by its path, and counts it.
class Router final : public RequestHandler {
 public:
  struct Parts {
    Gate& gate;
    SessionApi& sessions;
    StreamApi& streams;
    HealthApi& health;
    S3Api& s3;
    /// Null: there is none.
    WatchPage* watch_page;
    JobQueue& jobs;
    ViewerCounts& viewers;
    PlaylistService& playlists;
    /// Null: there are none.
    const common::PrometheusMetrics* metrics;
  };

  /// What is lent must outlive this.
  Router(Parts parts, Context context);

  [[nodiscard]] std::variant<Admission, Response> admit(const Request& head) override;
  [[nodiscard]] Response refuse(const Request& head, int status,
                                std::string_view message) const override;
  Reply handle(const Request& request) override;

 private:
  [[nodiscard]] Route route_of_request(const Request& request) const noexcept;
  [[nodiscard]] Response refused(const Request& head, Route route, const Refusal& refusal) const;
  [[nodiscard]] Reply dispatch(const Request& request, Route route);
  [[nodiscard]] Response metrics();
  [[nodiscard]] Response watch(const Request& request, std::string_view rest);
  void count(Route route, int status) const;

  const Parts parts_;
  const Context context_;
};

}  // namespace streamkit::server
