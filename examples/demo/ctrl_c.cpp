#include "demo/ctrl_c.hpp"

#include <pthread.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

namespace streamkit::demo {
namespace {

constexpr int kInterruptedExit = 130;

}  // namespace

CtrlC::CtrlC() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::jthread([this](std::stop_token done) {
    int number = 0;
    while (sigwait(&signals_, &number) == 0 && !done.stop_requested()) {
      if (!source_.request_stop()) ::_exit(kInterruptedExit);
    }
  });
}

CtrlC::~CtrlC() {
  thread_.request_stop();
  ::pthread_kill(thread_.native_handle(), SIGTERM);  // wakes sigwait()
}

void CtrlC::wait() const {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait(lock, source_.get_token(), [] { return false; });
}

}  // namespace streamkit::demo
