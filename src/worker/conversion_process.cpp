#include "worker/conversion_process.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "worker/conversion_messages.hpp"
#include "worker/sandbox.hpp"
#include "worker/wire.hpp"

namespace streamkit::worker {
namespace {

using std::chrono::steady_clock;
using Cause = ProcessFailure::Cause;

constexpr std::chrono::seconds kStartTime{120};
constexpr std::uint64_t kMaxStartBytes = 64 * 1024;

// Domains of errors that a tick returns.
constexpr std::string_view kWall = "wall time";
constexpr std::string_view kCpu = "processor time";
constexpr std::string_view kOpening = "processor time to open the chunk";

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

std::string death_of(const std::optional<int>& status) {
  if (!status) return "ended";
  if (WIFSIGNALED(*status)) {
    const char* name = sigabbrev_np(WTERMSIG(*status));
    return "was killed by " + (name != nullptr ? "SIG" + std::string(name)
                                               : "signal " + std::to_string(WTERMSIG(*status)));
  }
  return "exited with code " + std::to_string(WEXITSTATUS(*status));
}

bool ended_with(const std::optional<int>& status, int code) {
  return status && WIFEXITED(*status) && WEXITSTATUS(*status) == code;
}

bool ended_by(const std::optional<int>& status, int signal) {
  return status && WIFSIGNALED(*status) && WTERMSIG(*status) == signal;
}

Error exceeds(Limit limit, const std::string& what) {
  return limit_exceeded(limit, "the conversion exceeded " + what);
}

}  // namespace

std::string_view cause_label(Cause cause) {
  switch (cause) {
    case Cause::Cancelled:
      return "cancelled";
    case Cause::Memory:
      return "memory";
    case Cause::CpuTime:
      return "cpu_time";
    case Cause::WallTime:
      return "wall_time";
    case Cause::InvalidReply:
      return "invalid_reply";
    case Cause::Ended:
      return "ended";
  }
  return "ended";
}

Result<std::unique_ptr<ConversionProcess>> ConversionProcess::start(
    const IsolationOptions& options) {
  auto child = ChildProcess::start(options.program, options.arguments);
  if (!child) return child.error();
  std::unique_ptr<ConversionProcess> process(new ConversionProcess(*std::move(child)));
  WireWriter begin;
  begin.number(options.policy.max_memory_bytes);
  begin.number(options.uses_devices ? 1 : 0);
  // A child that has ended already is noticed when it is to be ready.
  (void)process->channel_.send(MessageType::Begin, begin.take());
  return process;
}

Result<std::string> ConversionProcess::await_ready(const std::function<void()>& keep_alive,
                                                   std::stop_token stop) {
  if (ready_) return lacks_;
  const auto deadline = steady_clock::now() + kStartTime;
  const auto message = channel_.receive(kMaxStartBytes, [&]() -> Result<void> {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (steady_clock::now() > deadline) {
      return Error{ErrorCode::Unavailable, "not ready after " + seconds_text(kStartTime)};
    }
    if (keep_alive) keep_alive();
    return {};
  });
  if (!message && message.error().code == ErrorCode::Cancelled) return message.error();
  if (!message) {
    return Error{ErrorCode::Unavailable, "the process for conversions " +
                                             death_of(child_->wait_or_kill()) +
                                             " at its start: " + message.error().message};
  }
  if (message->type == MessageType::StartFailed) return read_error(message->body);
  WireReader reader(message->body);
  lacks_ = reader.text(kMaxStartBytes);
  ready_ = message->type == MessageType::Ready && reader.is_complete();
  if (ready_) return lacks_;
  return Error{ErrorCode::Unavailable, "the program for conversions is of another version"};
}

Result<Bytes> ConversionProcess::converse(const Bytes& request, bool opens_chunk,
                                          const ConversionHooks& hooks,
                                          const ResourcePolicy& policy, const std::stop_token& stop,
                                          ProcessFailure& failure) {
  ++conversions_;
  child_->limit_cpu_time(policy.max_cpu_time);
  const auto deadline = steady_clock::now() + policy.max_wall_time;
  const auto cpu_before = child_->cpu_time();
  bool opened = !opens_chunk;
  const MessageChannel::Tick tick = [&]() -> Result<void> {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (steady_clock::now() > deadline) return Error{ErrorCode::Timeout, "", std::string(kWall)};
    const auto cpu = child_->cpu_time() - cpu_before;
    if (cpu > policy.max_cpu_time) return Error{ErrorCode::Timeout, "", std::string(kCpu)};
    if (!opened && cpu > policy.max_open_time) {
      return Error{ErrorCode::Timeout, "", std::string(kOpening)};
    }
    if (hooks.keep_alive) hooks.keep_alive();
    return {};
  };
  auto reply = [&]() -> Result<Bytes> {
    const std::stop_callback at_stop(stop, [this] { child_->kill(); });
    if (auto sent = channel_.send(MessageType::Request, request, tick); !sent) return sent.error();
    return await_reply(hooks, tick, opened);
  }();
  if (reply) return reply;
  failure = explain(stop.stop_requested() ? Error{ErrorCode::Cancelled, "stopped"} : reply.error(),
                    policy);
  return failure.error;
}

Result<Bytes> ConversionProcess::await_reply(const ConversionHooks& hooks,
                                             const MessageChannel::Tick& tick, bool& opened) {
  bool asked = false;
  for (;;) {
    auto message = channel_.receive(kMaxMessageBytes, tick);
    if (!message) return message.error();
    if (message->type == MessageType::Reply) return std::move(message->body);
    if (message->type == MessageType::Opened && !opened) {
      opened = true;
      continue;
    }
    if (message->type != MessageType::AskSegmentBefore || asked || !hooks.segment_before) {
      return Error{ErrorCode::CorruptData, "unexpected message"};
    }
    asked = true;
    if (auto sent = channel_.send(MessageType::SegmentBefore, hooks.segment_before(), tick);
        !sent) {
      return sent.error();
    }
  }
}

ProcessFailure ConversionProcess::explain(const Error& error, const ResourcePolicy& policy) {
  const auto status =
      error.code == ErrorCode::Unavailable ? child_->wait_or_kill() : child_->kill_and_wait();
  if (error.code == ErrorCode::Cancelled) return {Cause::Cancelled, error};
  if (error.domain == kWall) {
    return {Cause::WallTime, exceeds(Limit::ClockTime,
                                     seconds_text(policy.max_wall_time) + " (--max-wall-seconds)")};
  }
  if (error.domain == kOpening) {
    return {Cause::CpuTime,
            exceeds(Limit::CpuTime, seconds_text(policy.max_open_time) +
                                        " of processor time before the tracks of the chunk were "
                                        "known (--max-open-seconds)")};
  }
  if (error.domain == kCpu || ended_by(status, SIGXCPU)) {
    return {Cause::CpuTime, exceeds(Limit::CpuTime, seconds_text(policy.max_cpu_time) +
                                                        " of processor time (--max-cpu-seconds)")};
  }
  if (ended_with(status, kExitOutOfMemory)) {
    const auto mebibytes = std::to_string(policy.max_memory_bytes >> 20);
    return {Cause::Memory, exceeds(Limit::Memory, mebibytes + " MiB of memory (--max-memory-mib)")};
  }
  if (error.code == ErrorCode::CorruptData) {
    return {Cause::InvalidReply,
            {ErrorCode::ResourceExhausted, "the process of the conversion gave an invalid reply"}};
  }
  return {Cause::Ended,
          {ErrorCode::ResourceExhausted, "the process of the conversion " + death_of(status)}};
}

}  // namespace streamkit::worker
