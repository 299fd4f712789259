#include "server/disk_reserve.hpp"

#include <system_error>

namespace streamkit::server {
namespace {

constexpr std::chrono::milliseconds kMeasureInterval{100};
// Once uploads were rejected, this part of the reserve must be free beyond it before they are
// accepted again: otherwise each removed object would let in a part of an upload.
constexpr std::uint64_t kMarginDivisor = 16;

}  // namespace

DiskReserve::FreeBytes free_bytes_of(const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  return [folder]() -> std::optional<std::uint64_t> {
    std::error_code failure;
    const auto space = std::filesystem::space(folder, failure);
    if (failure) return {};
    return space.available;
  };
}

bool DiskReserve::fits(std::uint64_t bytes, bool taken) {
  if (reserve_bytes_ == 0 || !free_bytes_) return true;
  measure();
  bool fits = true;
  bool full = false;
  {
    std::lock_guard lock(mutex_);
    if (!measured_bytes_) return true;
    const std::uint64_t margin = full_ ? reserve_bytes_ / kMarginDivisor : 0;
    const std::uint64_t kept = reserve_bytes_ + margin;
    const std::uint64_t used = taken_bytes_ + kept;
    full = *measured_bytes_ <= used;
    fits = !full && bytes <= *measured_bytes_ - used;
    if (fits && taken) taken_bytes_ += bytes;
  }
  note(full);
  return fits;
}

Error DiskReserve::refuse_upload() const {
  context_.count("streamkit_uploads_limited_total", 1, {{"limit", "disk"}});
  return {ErrorCode::RateLimited, "the disk of this server is almost full, try again later"};
}

// One thread measures, without the lock. The others use the last measure meanwhile.
void DiskReserve::measure() {
  const auto now = context_.clock_or_system().steady_now();
  {
    std::lock_guard lock(mutex_);
    if (measured_at_ && now - *measured_at_ < kMeasureInterval) return;
    measured_at_ = now;
  }
  const auto free = free_bytes_();
  std::lock_guard lock(mutex_);
  measured_bytes_ = free;
  taken_bytes_ = 0;
}

void DiskReserve::note(bool full) {
  if (full_.exchange(full) == full) return;
  if (full) {
    context_.log(LogLevel::Warning, "uploads are rejected, the disk has only its reserve left",
                 {{"reserve_bytes", std::to_string(reserve_bytes_)}});
  } else {
    context_.log(LogLevel::Info, "uploads are accepted again, the disk has room");
  }
}

}  // namespace streamkit::server
