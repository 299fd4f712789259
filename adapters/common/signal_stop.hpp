#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/result.hpp>

namespace streamkit::common {

/// What SIGHUP does.
enum class HangUp {
  Ends,  ///< The program, as it does by default.
  Wakes  ///< wait(), so that the program can read its files again.
};

/// Why SignalStop::wait() came back.
enum class Wake { Stop, Reload };

/// Turns SIGINT and SIGTERM into a stop request; a second one ends the program at once. Also lets
/// writes to closed connections fail (SIGPIPE ignored).
/// Make one at the start of main(), before any thread: threads inherit its signal mask.
class SignalStop {
 public:
  /// Errors: Unavailable (no descriptors left).
  static Result<std::unique_ptr<SignalStop>> create(HangUp hang_up = HangUp::Ends);
  /// Joins its thread and restores the signal mask.
  virtual ~SignalStop() = default;

  [[nodiscard]] virtual std::stop_token token() const noexcept = 0;
  /// Blocks until a signal came or request_stop() was called. Several SIGHUPs at once are one
  /// reload.
  virtual Wake wait() = 0;
  /// The program wants to stop for its own reasons.
  virtual void request_stop() = 0;
};

}  // namespace streamkit::common
