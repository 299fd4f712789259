#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::worker {

/// The descriptor at which a child finds its end of the socket.
inline constexpr int kChildSocket = 3;

/// A child process, with one end of a socket whose other end the child has. The destructor kills
/// it and waits for its end, so that no zombie remains.
class ChildProcess {
 public:
  /// The child has no other descriptor than its socket; its standard streams are /dev/null. It is
  /// in a session of its own, with no signal blocked. Errors: Unavailable.
  static Result<std::unique_ptr<ChildProcess>> start(const std::filesystem::path& program,
                                                     const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Our end of the socket, which does not block. The caller closes it.
  [[nodiscard]] int take_socket();
  /// May be called from any thread until one of the next two functions was called.
  void kill() const;
  /// Kills it, waits for its end, and returns the wait status; nothing if somebody else took it.
  std::optional<int> kill_and_wait();
  /// As kill_and_wait(), but a child that ends by itself within a second is not killed.
  std::optional<int> wait_or_kill();
  /// Processor time of all its threads so far.
  [[nodiscard]] std::chrono::nanoseconds cpu_time() const;
  /// Lets the kernel end it with SIGXCPU when it has used that much more.
  void limit_cpu_time(std::chrono::seconds more) const;

 private:
  ChildProcess(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  std::optional<int> reap(int options);

  const pid_t pid_;
  int socket_;
  bool waited_ = false;
};

}  // namespace streamkit::worker
