#include "common/signal_stop.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

namespace streamkit::common {
namespace {

constexpr int kInterruptedExit = 130;

class SignalStopThread final : public SignalStop {
 public:
  explicit SignalStopThread(HangUp hang_up) {
    sigemptyset(&signals_);
    if (hang_up == HangUp::Wakes) sigaddset(&signals_, SIGHUP);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &previous_);
    std::signal(SIGPIPE, SIG_IGN);
  }

  Result<void> start() {
    signal_descriptor_ = ::signalfd(-1, &signals_, SFD_CLOEXEC);
    wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC);
    if (signal_descriptor_ < 0 || wake_descriptor_ < 0) {
      return Error{ErrorCode::Unavailable,
                   "watch signals: " + std::generic_category().message(errno), "errno", errno};
    }
    thread_ = std::jthread([this] { watch(); });
    return {};
  }

  ~SignalStopThread() override {
    if (thread_.joinable()) {
      const std::uint64_t one = 1;
      // Writing to an eventfd does not block as long as it is not full.
      [[maybe_unused]] const auto written = ::write(wake_descriptor_, &one, sizeof(one));
      thread_.join();
    }
    if (signal_descriptor_ >= 0) ::close(signal_descriptor_);
    if (wake_descriptor_ >= 0) ::close(wake_descriptor_);
    ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

  std::stop_token token() const noexcept override { return source_.get_token(); }

  Wake wait() override {
    std::unique_lock lock(mutex_);
    const bool reload = woken_.wait(lock, source_.get_token(), [&] { return reload_; });
    reload_ = false;
    return reload && !source_.stop_requested() ? Wake::Reload : Wake::Stop;
  }

  void request_stop() override { source_.request_stop(); }

 private:
  void watch() {
    int signals_seen = 0;
    for (;;) {
      std::array<pollfd, 2> waiting = {pollfd{signal_descriptor_, POLLIN, 0},
                                       pollfd{wake_descriptor_, POLLIN, 0}};
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if (waiting[1].revents != 0) return;
      signalfd_siginfo info = {};
      if (::read(signal_descriptor_, &info, sizeof(info)) != sizeof(info)) continue;
      if (info.ssi_signo == SIGHUP) {
        ask_for_reload();
        continue;
      }
      if (++signals_seen > 1) ::_exit(kInterruptedExit);
      source_.request_stop();
    }
  }

  void ask_for_reload() {
    {
      std::lock_guard lock(mutex_);
      reload_ = true;
    }
    woken_.notify_all();
  }

  sigset_t signals_ = {};
  sigset_t previous_ = {};
  int signal_descriptor_ = -1;
  int wake_descriptor_ = -1;
  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  // Guarded by mutex_
  bool reload_ = false;
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<SignalStop>> SignalStop::create(HangUp hang_up) {
  auto stop = std::make_unique<SignalStopThread>(hang_up);
  if (auto started = stop->start(); !started) return started.error();
  return std::unique_ptr<SignalStop>(std::move(stop));
}

}  // namespace streamkit::common
