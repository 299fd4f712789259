#pragma once

#include <chrono>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/store/session_store.hpp>

namespace streamkit::live {

/// Limits on idle sessions, and retention times of stored data.
struct STREAMKIT_API RetentionOptions {
  /// A session without a new chunk for this time is ended. A longer time tolerates longer
  /// interruptions of the sender, but viewers wait longer for the end of a stream whose sender is
  /// gone. The default is longer than what a sender's spool holds, 20 minutes.
  std::chrono::seconds idle_timeout{1800};
  /// Chunks are removed this time after their session's end; 0: with the stream.
  std::chrono::seconds keep_input{0};
  /// Segments and the session itself are removed this time after its end; 0: never.
  std::chrono::seconds keep_streams{0};
  /// Unfinished uploads in parts are removed this time after their start.
  std::chrono::seconds keep_unfinished_uploads{24 * 3600};
  /// Upload credentials are removed this time after they expire. Until then their holder learns
  /// that they have expired, and can renew them; afterwards the server does not know them.
  std::chrono::seconds keep_expired_credentials{24 * 3600};
  /// The interval between two sweeps.
  std::chrono::milliseconds sweep_interval{5000};
};

/// Checks the settings. Errors: InvalidArgument, naming the field: the idle timeout, the interval
/// and the age of uploads must be above 0, all times from 0 to 100 years, and keep_input at most
/// keep_streams.
STREAMKIT_API Result<void> check(const RetentionOptions& config);

/// Returns whether the session has expired and must not be found any more, even if it is not
/// removed yet. `keep_streams` 0: never.
STREAMKIT_API [[nodiscard]] bool is_expired(const Session& session,
                                            std::chrono::seconds keep_streams,
                                            WallTime now) noexcept;

}  // namespace streamkit::live
