#include "worker/sandbox.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <new>
#include <system_error>

#include "worker/child_process.hpp"

namespace streamkit::worker {
namespace {

#ifdef STREAMKIT_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

Error failed(const char* what, int error) {
  return {ErrorCode::Internal,
          std::string("no sandbox: ") + what + ": " + std::generic_category().message(error),
          "errno", error};
}

Result<void> limit(const char* name, int resource, rlim_t most) {
  const rlimit both{most, most};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) == 0) return {};
  return failed(name, errno);
}

void exit_out_of_memory() { ::_exit(kExitOutOfMemory); }

// The kernel ends processes with a high score first.
void offer_to_oom_killer() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, "1000", 4);
  ::close(file);
}

}  // namespace

std::string filter_system_calls();

void prepare_conversion_process() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) std::signal(signal, SIG_IGN);
  offer_to_oom_killer();
  if (kSanitized) return;
  // Each arena reserves 64 MiB of address space, which is limited.
  ::mallopt(M_ARENA_MAX, 8);
  std::set_new_handler(exit_out_of_memory);
}

Result<std::string> enter_sandbox(const SandboxOptions& options) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("PR_SET_NO_NEW_PRIVS", errno);
  if (auto set = limit("RLIMIT_CORE", RLIMIT_CORE, 0); !set) return set.error();
  if (auto set = limit("RLIMIT_FSIZE", RLIMIT_FSIZE, 0); !set) return set.error();
  if (kSanitized) return std::string("a build with sanitizers: no limit of memory, no filter");
  if (options.uses_devices) return std::string("a device is used: no limit of memory, no filter");
  if (auto set = limit("RLIMIT_NOFILE", RLIMIT_NOFILE, kChildSocket + 1); !set) return set.error();
  if (auto set = limit("RLIMIT_AS", RLIMIT_AS, options.max_memory_bytes); !set) return set.error();
  return filter_system_calls();
}

}  // namespace streamkit::worker
