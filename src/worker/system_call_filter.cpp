#include <cerrno>
#include <initializer_list>
#include <string>

#ifdef STREAMKIT_HAS_SECCOMP
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <memory>
#endif

namespace streamkit::worker {

std::string filter_system_calls();

#ifndef STREAMKIT_HAS_SECCOMP

std::string filter_system_calls() {
  return "this build has no libseccomp: system calls are not filtered";
}

#else

namespace {

// What computing, threads and talking over an open socket need.
constexpr std::initializer_list<int> kAllowed = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(getcpu),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrandom),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

bool allow(const Filter& filter, int call) {
  // A call that this processor does not have needs no rule.
  return call < 0 || seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) == 0;
}

// libseccomp's own macros for these are not C++.
constexpr scmp_arg_cmp equals(unsigned argument, scmp_datum_t value) {
  return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}
constexpr scmp_arg_cmp has_bits(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

bool allow_if(const Filter& filter, int call, const scmp_arg_cmp& condition) {
  return seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, condition) == 0;
}

bool add_rules(const Filter& filter) {
  for (const int call : kAllowed) {
    if (!allow(filter, call)) return false;
  }
  // Nothing that was written is run.
  const auto not_executable = has_bits(2, PROT_EXEC, 0);
  const auto thread = has_bits(0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM);
  // The C library takes clone() then.
  const bool no_clone3 =
      seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
  return no_clone3 && allow_if(filter, SCMP_SYS(mmap), not_executable) &&
         allow_if(filter, SCMP_SYS(mprotect), not_executable) &&
         allow_if(filter, SCMP_SYS(clone), thread) &&
         // To the peer of the socket, to nobody else.
         allow_if(filter, SCMP_SYS(sendto), equals(4, 0)) &&
         allow_if(filter, SCMP_SYS(prctl), equals(0, PR_SET_NAME)) &&
         allow_if(filter, SCMP_SYS(fcntl), equals(1, F_GETFL)) &&
         // abort()
         allow_if(filter, SCMP_SYS(tgkill), equals(0, static_cast<scmp_datum_t>(::getpid())));
}

}  // namespace

std::string filter_system_calls() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr || !add_rules(filter)) return "the filter of system calls has no memory";
  // Threads that were started before are filtered too.
  (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (seccomp_load(filter.get()) == 0) return {};
  return "the kernel filters no system calls";
}

#endif

}  // namespace streamkit::worker
