#pragma once

#include <array>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <string>

#include <streamkit/http/message.hpp>
#include <streamkit/telemetry/prometheus_metrics.hpp>
#include "s3/endpoint.hpp"
#include "server/access_control.hpp"
#include "server/health_api.hpp"
#include "server/route.hpp"
#include "server/session_api.hpp"
#include "server/stream_api.hpp"
#include "server/watch_page.hpp"

namespace streamkit::server {

/// Sends each request to the part of the server that answers it, by its path, and counts it.
class Router final : public http::RequestHandler {
 public:
  struct Parts {
    Gate& gate;
    SessionApi& sessions;
    StreamApi& streams;
    HealthApi& health;
    s3::S3Api& s3;
    /// Null: there is none.
    WatchPage* watch_page;
    JobQueue& jobs;
    live::ViewerCounts& viewers;
    live::ManifestService& playlists;
    /// Null: there are none.
    const telemetry::PrometheusMetrics* metrics;
  };

  /// What is lent must outlive this.
  Router(Parts parts, Context context);

  [[nodiscard]] std::variant<http::Admission, http::Response> admit(
      const http::Request& head) override;
  [[nodiscard]] http::Response refuse(const http::Request& head, int status,
                                      std::string_view message) const override;
  http::Reply handle(const http::Request& request) override;

 private:
  [[nodiscard]] Route route_of_request(const http::Request& request) const noexcept;
  [[nodiscard]] http::Response refused(const http::Request& head, Route route,
                                       const Refusal& refusal) const;
  [[nodiscard]] http::Reply dispatch(const http::Request& request, Route route);
  [[nodiscard]] http::Response metrics();
  [[nodiscard]] http::Response watch(const http::Request& request, std::string_view rest);
  void count(Route route, int status) const;

  const Parts parts_;
  const Context context_;
};

}  // namespace streamkit::server
