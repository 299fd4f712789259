#include "worker/conversion_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace streamkit::worker_tool {

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const worker::FileProgress& progress) {
  const auto now = Clock::now();
  last_ = progress;
  if (quiet_ || now < next_) return;
  next_ = now + (terminal_ ? std::chrono::milliseconds(250) : std::chrono::milliseconds(5000));
  print(now, terminal_ ? "\r" : "\n");
}

void ProgressLine::finish() {
  if (!quiet_) print(Clock::now(), "\n");
}

void ProgressLine::print(Clock::time_point now, const char* end) const {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(now - began_).count());
  const double done = to_seconds(last_.done);
  const double total = to_seconds(last_.total);
  std::array<char, 64> rest{};
  if (total > 0 && done > 0) {
    const long left = std::max(0L, static_cast<long>(seconds * (total - done) / done + 0.5));
    std::snprintf(rest.data(), rest.size(), "%5.1f %%  ETA %ld:%02ld:%02ld",
                  std::min(100.0, 100 * done / total), left / 3600, left / 60 % 60, left % 60);
  }
  std::fprintf(stderr, "frame %6llu  %6.1f fps  %s  %s",
               static_cast<unsigned long long>(last_.video_frames),
               static_cast<double>(last_.video_frames) / seconds, rest.data(), end);
  std::fflush(stderr);
}

void Notes::log(LogLevel level, std::string_view message,
                std::span<const LogField> fields) noexcept {
  std::string line = level >= LogLevel::Warning ? "warning: " : "note: ";
  line += message;
  for (const LogField& field : fields) line += ", " + std::string(field.name) + ": " + field.value;
  const std::lock_guard lock(mutex_);
  lines_.push_back({level, std::move(line)});
}

void Notes::print(bool warnings_only) {
  const std::lock_guard lock(mutex_);
  for (const auto& [level, line] : lines_) {
    if (warnings_only && level < LogLevel::Warning) continue;
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  lines_.clear();
}

}  // namespace streamkit::worker_tool
