#include "worker/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>
#include <thread>

extern char** environ;

namespace streamkit::worker {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

Error failed(const std::string& what, int error) {
  return {ErrorCode::Unavailable, what + ": " + std::generic_category().message(error), "errno",
          error};
}

// How the child begins: descriptors and signals.
class SpawnSetup {
 public:
  explicit SpawnSetup(int socket) {
    posix_spawn_file_actions_init(&actions_);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_adddup2(&actions_, socket, kChildSocket);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kChildSocket + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes_, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes_, &set);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Descriptors below this one are replaced in the child before its socket is put in place.
int above_standard_streams(int descriptor) {
  if (descriptor > kChildSocket) return descriptor;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kChildSocket + 1);
  ::close(descriptor);
  return moved;
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return failed("no socket for a conversion process", errno);
  }
  const int theirs = above_standard_streams(ends[1]);
  std::vector<char*> words;
  std::string name = program.string();
  words.push_back(name.data());
  std::vector<std::string> own(arguments);
  for (std::string& argument : own) words.push_back(argument.data());
  words.push_back(nullptr);
  const SpawnSetup setup(theirs);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, name.c_str(), setup.actions(), setup.attributes(), words.data(), environ);
  ::close(theirs);
  if (error == 0) return std::unique_ptr<ChildProcess>(new ChildProcess(pid, ends[0]));
  ::close(ends[0]);
  return failed("cannot start '" + name + "' for conversions", error);
}

ChildProcess::~ChildProcess() {
  (void)kill_and_wait();
  if (socket_ >= 0) ::close(socket_);
}

int ChildProcess::take_socket() { return std::exchange(socket_, -1); }

void ChildProcess::kill() const { ::kill(pid_, SIGKILL); }

std::optional<int> ChildProcess::kill_and_wait() {
  if (waited_) return {};
  kill();
  return reap(0);
}

std::optional<int> ChildProcess::wait_or_kill() {
  constexpr int kLooks = 100;
  constexpr auto kPause = std::chrono::milliseconds(10);
  for (int look = 0; look < kLooks && !waited_; ++look) {
    if (const auto status = reap(WNOHANG); status || waited_) return status;
    std::this_thread::sleep_for(kPause);
  }
  return kill_and_wait();
}

std::optional<int> ChildProcess::reap(int options) {
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(pid_, &status, options);
  } while (ended < 0 && errno == EINTR);
  waited_ = ended != 0;
  return ended == pid_ ? std::optional(status) : std::nullopt;
}

nanoseconds ChildProcess::cpu_time() const {
  clockid_t clock{};
  timespec used{};
  // The system call itself: libraries that set the time of a program (libfaketime) would move this
  // clock too.
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::syscall(SYS_clock_gettime, clock, &used) != 0) {
    return {};
  }
  return seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

void ChildProcess::limit_cpu_time(seconds more) const {
  rlimit limit{};
  if (::prlimit(pid_, RLIMIT_CPU, nullptr, &limit) != 0) return;
  // One second more, because the kernel counts whole ones. The worker looks more often.
  const auto used = std::chrono::duration_cast<seconds>(cpu_time());
  limit.rlim_cur = static_cast<rlim_t>((used + more).count() + 2);
  if (limit.rlim_max != RLIM_INFINITY) limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  ::prlimit(pid_, RLIMIT_CPU, &limit, nullptr);
}

}  // namespace streamkit::worker
