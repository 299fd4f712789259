#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/session_store.hpp>

#include <streamkit/http/message.hpp>

namespace streamkit::server {

struct HealthConfig {
  /// Below this much room on the disk no new chunk may fit: not ready.
  std::uint64_t min_free_bytes = 64ULL * 1024 * 1024;
};

/// GET /healthz/live: the process answers. GET /healthz/ready, and /healthz: the store works and
/// the disk has room, else 503, so that no new streams are sent here. Thread-safety: every method
/// from any thread at once.
class HealthApi {
 public:
  /// `folder` is on the disk that must have room; empty: no disk is looked at. What is lent must
  /// outlive this.
  HealthApi(SessionStore& sessions, JobQueue& jobs, std::filesystem::path folder,
            HealthConfig config, Context context)
      : sessions_(sessions),
        jobs_(jobs),
        folder_(std::move(folder)),
        config_(config),
        context_(context) {}

  [[nodiscard]] http::Response handle(const http::Request& request);
  /// Sets the gauge streamkit_disk_free_bytes.
  void measure() { (void)free_bytes(); }

 private:
  [[nodiscard]] http::Response ready();
  [[nodiscard]] bool store_works();
  [[nodiscard]] bool disk_has_room();
  /// Nothing when the disk cannot be asked.
  [[nodiscard]] std::optional<std::uint64_t> free_bytes();

  SessionStore& sessions_;
  JobQueue& jobs_;
  const std::filesystem::path folder_;
  const HealthConfig config_;
  const Context context_;
};

}  // namespace streamkit::server
