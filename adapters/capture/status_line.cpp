#include "capture/status_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <streamkit/core/context.hpp>

namespace streamkit::capture_tool {

std::string status_text(const client::PublisherStatus& status) {
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(), "chunk %llu  uploaded %llu  buffered %llu  lag %.1f s",
                static_cast<unsigned long long>(status.cut_chunks),
                static_cast<unsigned long long>(status.uploads.stored_chunks),
                static_cast<unsigned long long>(status.uploads.buffered_chunks),
                std::max(0.0, to_seconds(status.lag())));
  std::string text = line.data();
  if (status.state == client::PublisherState::Reconnecting)
    text += "  the server is away, retrying";
  return text;
}

StatusLine::StatusLine(const client::Publisher& publisher) : publisher_(publisher) {
  if (::isatty(STDOUT_FILENO) != 1) return;
  thread_ = std::jthread([this](std::stop_token stop) {
    constexpr std::chrono::milliseconds kPeriod{200};
    Clock& clock = system_clock();
    do {
      print();
    } while (clock.wait_until(clock.steady_now() + kPeriod, stop));
    print();
    std::cout << std::endl;
  });
}

StatusLine::~StatusLine() = default;

void StatusLine::print() {
  std::string text = status_text(publisher_.status());
  if (text == last_) return;
  const std::size_t rest = last_.size() > text.size() ? last_.size() - text.size() : 0;
  std::cout << '\r' << text << std::string(rest, ' ') << std::flush;
  last_ = std::move(text);
}

}  // namespace streamkit::capture_tool
