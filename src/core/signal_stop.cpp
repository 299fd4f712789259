#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <streamkit/core/signal_stop.hpp>
#include <thread>

namespace streamkit {
namespace {

constexpr int kInterruptedExit = 130;

bool is_ignored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

class SignalStop::Watch {
 public:
  explicit Watch(HangUp hang_up) : wakes_(hang_up == HangUp::Wakes) {
    sigemptyset(&signals_);
    // While it is blocked, an ignored signal would arrive after all.
    if (wakes_ || !is_ignored(SIGHUP)) sigaddset(&signals_, SIGHUP);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &previous_);
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::jthread([this](const std::stop_token& ending) { run(ending); });
  }

  ~Watch() {
    thread_.request_stop();
    pthread_kill(thread_.native_handle(), SIGTERM);  // wakes sigwait()
    thread_.join();
    // What is left over would end the program.
    constexpr timespec kNoWait = {};
    while (sigtimedwait(&signals_, nullptr, &kNoWait) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

  Wake wait() {
    std::unique_lock lock(mutex_);
    const bool hung_up = woken_.wait(lock, source.get_token(), [&] { return hung_up_; });
    hung_up_ = false;
    return hung_up && !source.stop_requested() ? Wake::HangUp : Wake::Stop;
  }

  std::stop_source source;

 private:
  void run(const std::stop_token& ending) {
    int stops = 0;
    int signal = 0;
    while (sigwait(&signals_, &signal) == 0 && !ending.stop_requested()) {
      if (signal == SIGHUP && wakes_) {
        note_hang_up();
        continue;
      }
      // A closed terminal sends more than one SIGHUP: by the system and by the shell. Nobody is
      // impatient then.
      if (signal != SIGHUP && ++stops > 1) std::_Exit(kInterruptedExit);
      source.request_stop();
    }
  }

  void note_hang_up() {
    {
      std::lock_guard lock(mutex_);
      hung_up_ = true;
    }
    woken_.notify_all();
  }

  const bool wakes_;
  sigset_t signals_ = {};
  sigset_t previous_ = {};
  std::mutex mutex_;
  std::condition_variable_any woken_;
  // Guarded by mutex_
  bool hung_up_ = false;
  std::jthread thread_;
};

SignalStop::SignalStop(HangUp hang_up) : watch_(std::make_unique<Watch>(hang_up)) {}
SignalStop::~SignalStop() = default;

std::stop_token SignalStop::token() const noexcept { return watch_->source.get_token(); }

SignalStop::Wake SignalStop::wait() { return watch_->wait(); }

void SignalStop::request_stop() { watch_->source.request_stop(); }

}  // namespace streamkit
