#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/worker/isolated_converter.hpp>
#include <string>

#include "worker/child_process.hpp"
#include "worker/message_channel.hpp"

namespace streamkit::worker {

/// How a conversion in a process ended without a reply.
struct ProcessFailure {
  enum class Cause { Cancelled, Memory, CpuTime, WallTime, InvalidReply, Ended } cause;
  Error error;
};
/// The value of the label "cause" of `streamkit_conversion_processes_ended_total`.
[[nodiscard]] std::string_view cause_label(ProcessFailure::Cause cause);

/// A child that converts one chunk after another.
/// Thread-safety: one thread at a time.
class ConversionProcess {
 public:
  /// Errors: Unavailable.
  static Result<std::unique_ptr<ConversionProcess>> start(const IsolationOptions& options);

  /// Waits until the child is ready, unless it was before. Returns what its sandbox lacks. Errors:
  /// those of the child; Unavailable (it ended, or took too long); Cancelled.
  Result<std::string> await_ready(const std::function<void()>& keep_alive, std::stop_token stop);
  /// Whether it is ready and nothing happened to it since the last conversion.
  [[nodiscard]] bool is_idle() const { return ready_ && !channel_.is_disturbed(); }
  [[nodiscard]] int conversions() const { return conversions_; }

  /// Sends a request and returns the body of the reply. Without a reply the child is killed, and
  /// `failure` says why. If the request `opens_chunk`, its tracks must be known in the time that
  /// the policy gives for it.
  Result<Bytes> converse(const Bytes& request, bool opens_chunk, const ConversionHooks& hooks,
                         const ResourcePolicy& policy, const std::stop_token& stop,
                         ProcessFailure& failure);

 private:
  explicit ConversionProcess(std::unique_ptr<ChildProcess> child)
      : child_(std::move(child)), channel_(child_->take_socket()) {}
  Result<Bytes> await_reply(const ConversionHooks& hooks, const MessageChannel::Tick& tick,
                            bool& opened);
  ProcessFailure explain(const Error& error, const ResourcePolicy& policy);

  const std::unique_ptr<ChildProcess> child_;
  MessageChannel channel_;
  bool ready_ = false;
  std::string lacks_;
  int conversions_ = 0;
};

}  // namespace streamkit::worker
