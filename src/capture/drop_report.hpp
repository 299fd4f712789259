#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/capture/live_source.hpp>
#include <streamkit/core/context.hpp>

namespace streamkit::capture {

/// Reports what a live source has dropped, filled or cut: one log line at the begin and one at the
/// end of each burst of dropped frames, one per cut, and metrics.
/// Thread-safety: one thread at a time.
class DropReport {
 public:
  explicit DropReport(Context context) : context_(std::move(context)) {}
  /// `dropped` frames since the last call; `stats` as they are now.
  void update(std::uint64_t dropped, const LiveSourceStats& stats, CaptureTime now);

 private:
  void report_gaps(const LiveSourceStats& stats);

  const Context context_;
  std::optional<CaptureTime> last_drop_;
  std::uint64_t burst_ = 0;
  LiveSourceStats before_;
  std::uint64_t audio_gaps_ = 0;
};

}  // namespace streamkit::capture
