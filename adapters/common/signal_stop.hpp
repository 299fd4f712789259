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

/// The reason why SignalStop::wait() returned.
enum class Wake { Stop, Reload };

/// Converts SIGINT and SIGTERM to a stop request; a second signal ends the program immediately. It
/// also ignores SIGPIPE, so that writes to closed connections fail. Create it at the start of
/// main(), before any thread: threads inherit its signal mask.
class SignalStop {
 public:
  /// Blocks the signals and starts the thread. Errors: Unavailable (no descriptors left).
  static Result<std::unique_ptr<SignalStop>> create(HangUp hang_up = HangUp::Ends);
  /// Joins the thread and restores the signal mask.
  virtual ~SignalStop() = default;

  [[nodiscard]] virtual std::stop_token token() const noexcept = 0;
  /// Blocks until a signal arrives or request_stop() is called. Several SIGHUPs in a short time
  /// count as one reload.
  virtual Wake wait() = 0;
  /// Requests a stop for a reason of the program itself.
  virtual void request_stop() = 0;
};

}  // namespace streamkit::common
