#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::server {

/// Keeps a part of the disk free for work in progress: the segments of accepted chunks, and the
/// database. Uploads are rejected before they take from it.
/// Thread-safety: every method may be called from any thread, concurrently.
class DiskReserve {
 public:
  /// Returns the free space in bytes; no value if it is unknown, and the reserve then has no
  /// effect.
  using FreeBytes = std::function<std::optional<std::uint64_t>()>;

  /// `reserve_bytes` 0, or an empty function: there is always room. The targets of `context` must
  /// outlive this object.
  DiskReserve(FreeBytes free_bytes, std::uint64_t reserve_bytes, Context context)
      : free_bytes_(std::move(free_bytes)), reserve_bytes_(reserve_bytes), context_(context) {}

  /// Returns whether `bytes` more leave the reserve free. The free space is measured ten times a
  /// second at most.
  [[nodiscard]] bool has_room(std::uint64_t bytes) { return fits(bytes, false); }
  /// Returns the same, and counts the bytes as written until the free space is measured again.
  [[nodiscard]] bool take(std::uint64_t bytes) { return fits(bytes, true); }
  /// Counts an upload as rejected for want of room. Returns the RateLimited error for the response.
  [[nodiscard]] Error refuse_upload() const;
  [[nodiscard]] std::uint64_t reserve_bytes() const noexcept { return reserve_bytes_; }

 private:
  [[nodiscard]] bool fits(std::uint64_t bytes, bool taken);
  void measure();
  void note(bool full);

  const FreeBytes free_bytes_;
  const std::uint64_t reserve_bytes_;
  const Context context_;
  std::atomic<bool> full_ = false;

  std::mutex mutex_;
  // Guarded by mutex_
  std::optional<std::chrono::steady_clock::time_point> measured_at_;
  std::optional<std::uint64_t> measured_bytes_;
  std::uint64_t taken_bytes_ = 0;
};

/// Returns the free space of the disk of `folder`, for use as DiskReserve::FreeBytes.
[[nodiscard]] DiskReserve::FreeBytes free_bytes_of(const std::filesystem::path& folder);

}  // namespace streamkit::server
