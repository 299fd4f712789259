#pragma once

#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/job_queue.hpp>

#include "common/prometheus_metrics.hpp"
#include "server/http_message.hpp"
#include "server/s3_api.hpp"
#include "server/session_api.hpp"
#include "server/stream_api.hpp"
#include "server/watch_page.hpp"

namespace streamkit::server {

/// Sends each request to the part of the server that answers it, by its first path segment.
class Router final : public RequestHandler {
 public:
  struct Parts {
    SessionApi& sessions;
    StreamApi& streams;
    S3Api& s3;
    /// Null: there is none.
    WatchPage* watch_page;
    JobQueue& jobs;
    /// Null: there are none.
    const common::PrometheusMetrics* metrics;
  };

  /// What is lent must outlive this.
  Router(Parts parts, Context context) : parts_(parts), context_(context) {}

  [[nodiscard]] std::variant<Admission, Response> admit(const Request& head) override;
  [[nodiscard]] Response refuse(const Request& head, int status,
                                std::string_view message) const override;
  Reply handle(const Request& request) override;

 private:
  [[nodiscard]] Response health();
  [[nodiscard]] Response metrics();
  [[nodiscard]] Response watch(const Request& request, std::string_view rest);

  const Parts parts_;
  const Context context_;
};

}  // namespace streamkit::server
