#pragma once

#include <chrono>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/session_store.hpp>

namespace streamkit::live {

/// When sessions end by themselves, and how long what they leave is kept.
struct STREAMKIT_API RetentionOptions {
  /// A session without a new chunk for so long is ended. Longer rides out longer breaks of the
  /// sender; viewers wait as long for the end of a stream whose sender is gone.
  std::chrono::seconds idle_timeout{600};
  /// Chunks are removed so long after their session's end; 0: with the stream.
  std::chrono::seconds keep_input{0};
  /// Segments and the session itself are removed so long after its end; 0: never.
  std::chrono::seconds keep_streams{0};
  /// Uploads in parts that were begun longer ago are given up.
  std::chrono::seconds keep_unfinished_uploads{24 * 3600};
  /// How often all this is looked after.
  std::chrono::milliseconds sweep_interval{5000};
};

/// Errors: InvalidArgument, naming the field: the idle timeout, the interval and the age of uploads
/// must be above 0, nothing below 0 or beyond 100 years, and keep_input at most keep_streams.
STREAMKIT_API Result<void> check(const RetentionOptions& config);

/// Whether the session's time is over, and it is to be found no more, even if it has not been
/// removed yet. `keep_streams` 0: never.
STREAMKIT_API [[nodiscard]] bool is_expired(const Session& session,
                                            std::chrono::seconds keep_streams,
                                            WallTime now) noexcept;

}  // namespace streamkit::live
