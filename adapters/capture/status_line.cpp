#include "capture/status_line.hpp"

#include <array>
#include <cstdio>
#include <ostream>
#include <streamkit/core/json_text.hpp>
#include <utility>
#include <vector>

#include "capture/ui_json.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr double kBitsPerMegabit = 1e6;

std::string number(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

// Returns the problems that were not there at the last call.
std::vector<CaptureProblem> new_problems(const CaptureStatus& status,
                                         std::set<std::string>& known) {
  std::vector<CaptureProblem> found;
  std::set<std::string> now;
  for (const CaptureProblem& problem : status.problems) {
    if (now.insert(problem.code).second && !known.contains(problem.code)) {
      found.push_back(problem);
    }
  }
  known = std::move(now);
  return found;
}

std::string meters_json(const std::vector<AudioMeter>& meters) {
  std::string text = "[";
  for (const AudioMeter& meter : meters) {
    if (text.size() > 1) text += ",";
    text += "{\"id\":" + json_string(meter.id) + ",\"name\":" + json_string(meter.name) +
            ",\"peak\":" + number(meter.peak, 4) + ",\"level\":" + number(meter.level, 3) +
            ",\"muted\":" + (meter.muted ? "true" : "false") +
            ",\"silent\":" + (meter.silent ? "true" : "false") + "}";
  }
  return text + "]";
}

std::string problems_json(const std::vector<CaptureProblem>& problems) {
  std::string text = "[";
  for (const CaptureProblem& problem : problems) {
    if (text.size() > 1) text += ",";
    text += "{\"code\":" + json_string(problem.code) +
            ",\"message\":" + json_string(problem.message) + "}";
  }
  return text + "]";
}

}  // namespace

std::string status_text(const CaptureStatus& status) {
  std::string text(to_string(status.state));
  text += "  chunk " + std::to_string(status.chunks_cut) + "  uploaded " +
          std::to_string(status.chunks_stored) + "  lag " + number(status.upload_lag_seconds, 1) +
          " s  " + number(status.frames_per_second, 1) + " fps  dropped " +
          std::to_string(status.dropped_frames) + "  " +
          number(status.bits_per_second / kBitsPerMegabit, 1) + " Mbit/s";
  if (!status.problems.empty()) text += "  " + status.problems.front().code;
  return text;
}

std::string status_json(std::string_view event, const CaptureStatus& status) {
  return "{\"event\":" + json_string(event) + ",\"state\":" + json_string(to_string(status.state)) +
         ",\"session_id\":" + json_string(status.session_id) +
         ",\"playlist_url\":" + json_string(status.playlist_url) +
         ",\"watch_url\":" + json_string(status.watch_url) +
         ",\"encoder\":" + json_string(status.encoder) +
         ",\"chunks_cut\":" + std::to_string(status.chunks_cut) +
         ",\"chunks_stored\":" + std::to_string(status.chunks_stored) +
         ",\"chunk_progress\":" + number(status.chunk_progress, 3) +
         ",\"upload_lag_seconds\":" + number(status.upload_lag_seconds, 3) +
         ",\"captured_seconds\":" + number(status.captured_seconds, 3) +
         ",\"frames_per_second\":" + number(status.frames_per_second, 2) +
         ",\"dropped_frames\":" + std::to_string(status.dropped_frames) +
         ",\"bits_per_second\":" + number(status.bits_per_second, 0) +
         ",\"recording\":" + json_string(status.recording) +
         ",\"audio\":" + meters_json(status.audio) +
         ",\"problems\":" + problems_json(status.problems) + "}";
}

void TextReport::started(const CaptureStatus& status) {
  out_ << status.playlist_url << '\n';
  if (!status.watch_url.empty()) out_ << "watch it at " << status.watch_url << '\n';
  out_ << "session " << status.session_id << std::endl;
}

void TextReport::update(const CaptureStatus& status) {
  for (const CaptureProblem& problem : new_problems(status, known_problems_)) {
    if (problem.code == "failed") continue;  // it is reported when the program ends
    clear_line();
    errors_ << "streamkit-capture: " << problem.message << std::endl;
  }
  if (terminal_) show_line(status_text(status));
}

void TextReport::ended(const CaptureStatus& status, const UploaderStats& uploads) {
  update(status);
  if (!line_.empty()) out_ << '\n';
  out_ << uploads.stored_chunks << " chunks stored, " << uploads.stored_bytes << " bytes, "
       << uploads.retries << " retries" << std::endl;
}

void TextReport::show_line(std::string text) {
  if (text == line_) return;
  const std::size_t rest = line_.size() > text.size() ? line_.size() - text.size() : 0;
  out_ << '\r' << text << std::string(rest, ' ') << std::flush;
  line_ = std::move(text);
}

void TextReport::clear_line() {
  if (line_.empty()) return;
  out_ << '\r' << std::string(line_.size(), ' ') << '\r' << std::flush;
  line_.clear();
}

void JsonReport::started(const CaptureStatus& status) {
  out_ << status_json("started", status) << std::endl;
}

void JsonReport::update(const CaptureStatus& status) {
  for (const CaptureProblem& problem : new_problems(status, known_problems_)) {
    out_ << "{\"event\":\"problem\",\"code\":" << json_string(problem.code)
         << ",\"message\":" << json_string(problem.message) << "}" << std::endl;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_ && state_ == status.state) return;
  next_ = now + std::chrono::seconds(1);
  state_ = status.state;
  out_ << status_json("status", status) << std::endl;
}

void JsonReport::ended(const CaptureStatus& status, const UploaderStats& uploads) {
  update(status);
  std::string text = status_json("ended", status);
  text.pop_back();
  out_ << text << ",\"stored_bytes\":" << uploads.stored_bytes << ",\"retries\":" << uploads.retries
       << "}" << std::endl;
}

}  // namespace streamkit::capture_tool
