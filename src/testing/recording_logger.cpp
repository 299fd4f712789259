#include <algorithm>
#include <streamkit/testing/recording_logger.hpp>

namespace streamkit::testing {

void RecordingLogger::log(LogLevel level, std::string_view message,
                          std::span<const LogField> fields) noexcept {
  Line line{.level = level, .message = std::string(message)};
  for (const LogField& field : fields) line.fields.emplace(field.name, field.value);
  std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<RecordingLogger::Line> RecordingLogger::lines() const {
  std::lock_guard lock(mutex_);
  return lines_;
}

std::size_t RecordingLogger::count(LogLevel level) const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(), [&](const Line& line) { return line.level == level; }));
}

bool RecordingLogger::mentions(std::string_view text) const {
  const auto holds = [&](std::string_view where) {
    return where.find(text) != std::string_view::npos;
  };
  std::lock_guard lock(mutex_);
  return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
    return holds(line.message) ||
           std::any_of(line.fields.begin(), line.fields.end(), [&](const auto& field) {
             return holds(field.first) || holds(field.second);
           });
  });
}

}  // namespace streamkit::testing
