#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/session_store.hpp>
#include <string_view>
#include <vector>

#include <streamkit/http/router.hpp>
#include <streamkit/server/server.hpp>

namespace streamkit::server {

/// Serves GET /healthz/live, which succeeds while the process responds, and GET /healthz/ready and
/// /healthz, which succeed while the store works, the disk has free space, and what an earlier run
/// left behind is recovered. Otherwise they return 503, so that no new streams are sent here. The
/// cost does not grow with what is stored.
/// Thread-safety: every method may be called from any thread, concurrently.
class HealthApi {
 public:
  /// `folder` is on the disk that must have free space; empty: no disk is checked. The arguments
  /// passed by reference and the targets of `context` must outlive this object.
  HealthApi(SessionStore& sessions, JobQueue& jobs, std::filesystem::path folder,
            HealthOptions options, Context context)
      : sessions_(sessions),
        jobs_(jobs),
        folder_(std::move(folder)),
        options_(options),
        context_(context) {}

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();
  /// Reports that nothing is left to recover. Until then the server is not ready.
  void set_recovered() noexcept { recovered_ = true; }
  [[nodiscard]] bool is_recovered() const noexcept { return recovered_; }
  /// Sets the gauge streamkit_disk_free_bytes.
  void measure() { (void)free_bytes(); }

 private:
  [[nodiscard]] http::Response respond(std::string_view path);
  [[nodiscard]] http::Response ready();
  [[nodiscard]] bool store_works();
  [[nodiscard]] bool disk_has_room();
  /// Returns the free space; empty when it cannot be determined.
  [[nodiscard]] std::optional<std::uint64_t> free_bytes();

  SessionStore& sessions_;
  JobQueue& jobs_;
  const std::filesystem::path folder_;
  const HealthOptions options_;
  const Context context_;
  std::atomic<bool> recovered_{false};
};

}  // namespace streamkit::server
