#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_time.hpp>

namespace streamkit::capture {

/// Delays items until their timestamp.
class Pacer {
 public:
  Pacer(Pacing pacing, Context context) : pacing_(pacing), context_(context) {}

  /// Blocks until `pts`, counted from the first call. Returns false if `stop` was requested.
  bool wait_for(MediaTime pts, std::stop_token stop) {
    if (pacing_ == Pacing::AsFastAsPossible) return !stop.stop_requested();
    Clock& clock = context_.clock_or_system();
    if (!origin_) origin_ = clock.steady_now();
    const auto due = *origin_ + std::chrono::duration_cast<std::chrono::nanoseconds>(pts);
    return clock.wait_until(due, stop);
  }

 private:
  const Pacing pacing_;
  const Context context_;
  std::optional<std::chrono::steady_clock::time_point> origin_;
};

}  // namespace streamkit::capture
