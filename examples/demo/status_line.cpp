#include "demo/status_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <thread>

namespace streamkit::demo {

StatusLine::StatusLine(const client::Publisher& publisher, SessionStore& sessions,
                       StreamRecords& records)
    : publisher_(publisher),
      sessions_(sessions),
      records_(records),
      session_id_(publisher.session().session_id),
      terminal_(isatty(STDOUT_FILENO) == 1) {}

void StatusLine::update() {
  constexpr std::chrono::milliseconds kPeriod{200};
  std::this_thread::sleep_for(kPeriod);
  const auto session = sessions_.find(session_id_);
  const auto progress = records_.progress(session_id_);
  if (!session || !progress) return;  // the store is busy: next time
  const client::PublisherStatus status = publisher_.status();
  const std::uint64_t listed = session->final_chunk_count ? std::min(progress->contiguous_segments,
                                                                     *session->final_chunk_count)
                                                          : progress->contiguous_segments;
  MediaTime listed_end{0};
  if (listed > 0) {
    const auto newest = records_.segments(session_id_, listed - 1, 1);
    if (newest && !newest->empty()) listed_end = newest->front().start + newest->front().duration;
  }
  complete_ = session->final_chunk_count && listed == *session->final_chunk_count;

  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(),
                "chunk %llu  uploaded %llu  converted %llu  listed %llu  lag %.1f s",
                static_cast<unsigned long long>(status.cut_chunks),
                static_cast<unsigned long long>(status.uploads.stored_chunks),
                static_cast<unsigned long long>(progress->contiguous_segments),
                static_cast<unsigned long long>(listed),
                std::max(0.0, to_seconds(status.cut_end - listed_end)));
  if (last_ == line.data()) return;
  last_ = line.data();
  std::cout << (terminal_ ? "\r" : "") << last_ << (terminal_ ? "   " : "\n") << std::flush;
}

void StatusLine::finish() const {
  if (terminal_) std::cout << std::endl;
}

}  // namespace streamkit::demo
