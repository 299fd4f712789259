#include "load/viewer_crowd.hpp"

#include <sys/epoll.h>

#include <array>
#include <deque>
#include <queue>
#include <vector>

#include "load/viewer.hpp"

namespace streamkit::load {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// 127.1.0.1
constexpr std::uint32_t kFirstAddress = 0x7F010001;

class Crowd {
 public:
  Crowd(const CrowdOptions& config, Watched& watched) : config_(config), began_(Clock::now()) {
    for (std::size_t i = 0; i < config.viewers; ++i) {
      viewers_.emplace_back(watched, kFirstAddress + static_cast<std::uint32_t>(i));
      due_.push({began_ + config.join * i / config.viewers, i});
    }
  }

  Result<CrowdReport> run() {
    poll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!poll_) return socket_error("epoll");
    const auto end = began_ + config_.join + config_.watch;
    while (Clock::now() < end) step(end);
    // Nobody asks any more; what is under way may still come.
    while (!due_.empty()) due_.pop();
    const auto last = Clock::now() + config_.patience;
    while (Clock::now() < last && anybody_waits()) step(last);
    count_unanswered();
    return std::move(report_);
  }

 private:
  struct Due {
    Clock::time_point time;
    std::size_t viewer;
    bool operator>(const Due& other) const noexcept { return time > other.time; }
  };

  void step(Clock::time_point end) {
    ask_those_due();
    const auto until = due_.empty() ? end : std::min(end, due_.top().time);
    const auto wait =
        std::chrono::duration_cast<milliseconds>(until - Clock::now()) + milliseconds(1);
    std::array<epoll_event, 512> events;
    const int count =
        ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()),
                     static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 100)));
    for (int i = 0; i < count; ++i) {
      handle(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64),
             events[static_cast<std::size_t>(i)].events);
    }
  }

  void ask_those_due() {
    const auto now = Clock::now();
    while (!due_.empty() && due_.top().time <= now) {
      const Due due = due_.top();
      due_.pop();
      due_.push({due.time + config_.interval, due.viewer});
      Viewer& viewer = viewers_[due.viewer];
      if (viewer.asked() != Viewer::Asked::Nothing) {
        // A player whose download takes long polls no sooner either.
        if (now - viewer.asked_at() > config_.patience) fail(due.viewer, "no answer in time");
        continue;
      }
      if (!viewer.connected() && !connect(due.viewer)) continue;
      if (auto asked = viewer.ask_playlist(due.time); !asked) {
        fail(due.viewer, asked.error().message);
      }
    }
  }

  bool connect(std::size_t number) {
    Viewer& viewer = viewers_[number];
    if (auto begun = viewer.connect(); !begun) {
      fail(number, begun.error().message);
      return false;
    }
    report_.most_connected = std::max(report_.most_connected, ++connected_);
    return watch(number, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
  }

  bool watch(std::size_t number, int operation, std::uint32_t events) {
    epoll_event event = {};
    event.events = events;
    event.data.u64 = number;
    if (::epoll_ctl(poll_.get(), operation, viewers_[number].socket(), &event) == 0) return true;
    fail(number, socket_error("epoll").message);
    return false;
  }

  void handle(std::size_t number, std::uint32_t events) {
    Viewer& viewer = viewers_[number];
    if (!viewer.connected()) return;
    if ((events & EPOLLOUT) != 0) {
      if (auto sent = viewer.continue_sending(); !sent) return fail(number, sent.error().message);
      if (!watch(number, EPOLL_CTL_MOD, EPOLLIN)) return;
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return;
    auto answered = viewer.receive();
    if (!answered) return fail(number, answered.error().message);
    if (*answered) take(number, **answered);
  }

  void take(std::size_t number, const Viewer::Answered& answered) {
    const auto now = Clock::now();
    const bool playlist = answered.what == Viewer::Asked::Playlist;
    (playlist ? report_.playlists : report_.segments).add(now - answered.since);
    report_.bytes += answered.body_bytes;
    if (auto asked = viewers_[number].ask_next_segment(now); !asked) {
      fail(number, asked.error().message);
    }
  }

  void fail(std::size_t number, const std::string& reason) {
    ++report_.errors;
    ++report_.reasons[reason];
    if (viewers_[number].connected()) --connected_;
    viewers_[number].hang_up();
  }

  bool anybody_waits() const {
    return std::any_of(viewers_.begin(), viewers_.end(), [](const Viewer& viewer) {
      return viewer.asked() != Viewer::Asked::Nothing;
    });
  }

  void count_unanswered() {
    for (std::size_t i = 0; i < viewers_.size(); ++i) {
      if (viewers_[i].asked() != Viewer::Asked::Nothing) fail(i, "no answer at the end");
    }
  }

  const CrowdOptions& config_;
  const Clock::time_point began_;
  std::deque<Viewer> viewers_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  Descriptor poll_;
  std::size_t connected_ = 0;
  CrowdReport report_;
};

}  // namespace

Result<CrowdReport> run_crowd(const CrowdOptions& config) {
  const auto server = address_of(config.playlist);
  if (!server) return server.error();
  const std::string& path = config.playlist.path;
  const std::string& query = config.playlist.query;
  Watched watched{.server = *server,
                  .host = net::host_header(config.playlist),
                  .playlist_path = query.empty() ? path : path + "?" + query,
                  .folder_path = path.substr(0, path.rfind('/') + 1),
                  .playlist = {}};
  return Crowd(config, watched).run();
}

}  // namespace streamkit::load
