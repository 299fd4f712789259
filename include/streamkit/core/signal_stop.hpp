#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>

namespace streamkit {

/// The effect of SIGHUP while there is a SignalStop.
enum class HangUp {
  Stops,  ///< It requests a stop, as when the terminal is closed. Ignored (nohup), it stays so.
  Wakes   ///< It wakes SignalStop::wait(), so that the program can read its files again.
};

/// Converts SIGINT (Ctrl-C) and SIGTERM to a stop request, for the main() of a program. A second
/// of these signals ends the program immediately, with exit code 130. Writes to closed connections
/// fail instead of ending the program (SIGPIPE is ignored).
///
/// Create one at the start of main(), before any thread: threads inherit its signal mask.
/// Thread-safety: every method may be called from any thread.
class STREAMKIT_API SignalStop {
 public:
  /// The reason why wait() returned.
  enum class Wake { Stop, HangUp };

  explicit SignalStop(HangUp hang_up = HangUp::Stops);
  /// Restores the signal mask.
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  [[nodiscard]] std::stop_token token() const noexcept;
  /// Blocks until a signal arrives or request_stop() is called. Several SIGHUPs in a short time
  /// count as one.
  Wake wait();
  /// Requests a stop for a reason of the program itself.
  void request_stop();

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace streamkit
