#include "fake_capture_control.hpp"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <streamkit/media/still_picture.hpp>

namespace streamkit::capture_tool {
namespace {

constexpr double kChunkSeconds = 0.5;

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A hill in front of a sky, in colours of the source's own.
media::RgbPicture picture_of(const std::string& id) {
  constexpr int kWidth = 320;
  constexpr int kHeight = 180;
  media::RgbPicture picture{kWidth, kHeight, {}};
  const double hue = static_cast<double>(std::hash<std::string>{}(id) % 628) / 100;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double hill = 110 + 25 * std::sin(x / 40.0 + hue) + 10 * std::sin(x / 13.0);
      const double light = y > hill ? 60.0 : 130 + 90.0 * y / kHeight;
      for (std::size_t c = 0; c < 3; ++c) {
        const double tint = 0.75 + 0.25 * std::sin(hue + 2.1 * static_cast<double>(c));
        picture.planes[c].push_back(static_cast<std::uint8_t>(light * tint));
      }
    }
  }
  return picture;
}

Error not_now(const char* what) {
  return {ErrorCode::InvalidArgument, std::string("nothing is captured: ") + what};
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
}

}  // namespace

std::vector<SourceInfo> FakeCaptureControl::sources() {
  return {
      {.id = "screen:0",
       .kind = SourceKind::Screen,
       .name = "Built-in display",
       .width_px = 1920,
       .height_px = 1080,
       .is_default = true},
      {.id = "screen:1",
       .kind = SourceKind::Screen,
       .name = "DELL U2720Q",
       .width_px = 3840,
       .height_px = 2160},
      {.id = "window:7",
       .kind = SourceKind::Window,
       .name = "Alpine flight, a film with a very long title that does not fit into a tile",
       .application = "mpv",
       .width_px = 1280,
       .height_px = 720},
      {.id = "window:8",
       .kind = SourceKind::Window,
       .name = "<b>Tom & \"Jerry\"</b>",
       .application = "browser",
       .width_px = 1600,
       .height_px = 900},
      {.id = "camera:0",
       .kind = SourceKind::Camera,
       .name = "HD Webcam",
       .width_px = 1280,
       .height_px = 720,
       .is_default = true},
      {.id = "monitor:0",
       .kind = SourceKind::SystemAudio,
       .name = "What the speakers play",
       .is_default = true},
      {.id = "mic:0",
       .kind = SourceKind::Microphone,
       .name = "Headset microphone",
       .is_default = true},
  };
}

Result<std::vector<std::uint8_t>> FakeCaptureControl::preview(const std::string& source_id) {
  if (source_id.starts_with("camera")) return Error{ErrorCode::Unavailable, "the camera is busy"};
  const auto file = std::filesystem::temp_directory_path() /
                    ("streamkit-fake-" + std::to_string(::getpid()) + "-" +
                     std::to_string(std::hash<std::string>{}(source_id)) + ".jpg");
  if (auto written = media::write_picture(file, picture_of(source_id)); !written) {
    return written.error();
  }
  std::ifstream jpeg(file, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(jpeg), {}};
  std::filesystem::remove(file);
  return bytes;
}

Result<void> FakeCaptureControl::start(const CaptureRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!start_error_.message.empty()) return start_error_;
  const bool over = status_.state == CaptureState::Idle || status_.state == CaptureState::Ended ||
                    status_.state == CaptureState::Failed;
  if (!over) return Error{ErrorCode::InvalidArgument, "a capture runs already: end it first"};
  request_ = request;
  const std::string id = "fake-session-" + std::to_string(++sessions_);
  status_ = {};
  status_.session_id = id;
  status_.playlist_url = playlist_url_;
  status_.watch_url = watch_url_;
  status_.encoder = "libx264";
  status_.recording = request.recording;
  replace(status_.playlist_url, "SESSION", id);
  replace(status_.watch_url, "SESSION", id);
  for (const auto& source : request.audio) {
    status_.audio.push_back(
        {.id = source,
         .name = source == "mic:0" ? "Headset microphone" : "What the speakers play"});
  }
  seconds_before_ = 0;
  move_to(CaptureState::Streaming);
  return {};
}

void FakeCaptureControl::move_to(CaptureState state) {
  const auto now = std::chrono::steady_clock::now();
  const bool ran =
      status_.state == CaptureState::Streaming || status_.state == CaptureState::Paused;
  if (ran) seconds_before_ += std::chrono::duration<double>(now - since_).count();
  since_ = now;
  status_.state = state;
}

Result<void> FakeCaptureControl::pause(bool paused) {
  const std::lock_guard lock(mutex_);
  if (status_.state != CaptureState::Streaming && status_.state != CaptureState::Paused) {
    return not_now("pause");
  }
  move_to(paused ? CaptureState::Paused : CaptureState::Streaming);
  return {};
}

Result<void> FakeCaptureControl::set_audio(const std::string& id, double level, bool muted) {
  const std::lock_guard lock(mutex_);
  for (auto& meter : status_.audio) {
    if (meter.id != id) continue;
    meter.level = level;
    meter.muted = muted;
    return {};
  }
  return Error{ErrorCode::NotFound, "no audio input has the id '" + id + "'"};
}

Result<void> FakeCaptureControl::stop_capture() {
  const std::lock_guard lock(mutex_);
  if (status_.state != CaptureState::Streaming && status_.state != CaptureState::Paused) {
    return not_now("stop");
  }
  move_to(CaptureState::Stopped);
  return {};
}

Result<void> FakeCaptureControl::end_session() {
  const std::lock_guard lock(mutex_);
  if (status_.session_id.empty()) return not_now("end");
  move_to(CaptureState::Ended);
  return {};
}

CaptureStatus FakeCaptureControl::status() {
  const std::lock_guard lock(mutex_);
  const bool runs =
      status_.state == CaptureState::Streaming || status_.state == CaptureState::Paused;
  CaptureStatus status = status_;
  status.captured_seconds = seconds_before_;
  if (runs) {
    status.captured_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
    status.frames_per_second = 30;
    status.bits_per_second = 4.2e6;
    status.upload_lag_seconds = 0.4;
    const double chunks = status.captured_seconds / kChunkSeconds;
    status.chunk_progress = chunks - std::floor(chunks);
  }
  status.chunks_cut = static_cast<std::uint64_t>(status.captured_seconds / kChunkSeconds);
  status.chunks_stored = runs && status.chunks_cut > 0 ? status.chunks_cut - 1 : status.chunks_cut;
  for (auto& meter : status.audio) {
    meter.silent = silent_;
    if (runs && !silent_) meter.peak = 0.35 + 0.25 * std::sin(5 * now_seconds());
  }
  return status;
}

CaptureRequest FakeCaptureControl::request() const {
  const std::lock_guard lock(mutex_);
  return request_;
}

void FakeCaptureControl::set_problems(std::vector<CaptureProblem> problems) {
  const std::lock_guard lock(mutex_);
  status_.problems = std::move(problems);
}

void FakeCaptureControl::fail_starts(Error error) {
  const std::lock_guard lock(mutex_);
  start_error_ = std::move(error);
}

void FakeCaptureControl::set_silent(bool silent) {
  const std::lock_guard lock(mutex_);
  silent_ = silent;
}

void FakeCaptureControl::set_urls(std::string playlist_url, std::string watch_url) {
  const std::lock_guard lock(mutex_);
  playlist_url_ = std::move(playlist_url);
  watch_url_ = std::move(watch_url);
}

void FakeCaptureControl::fail() {
  const std::lock_guard lock(mutex_);
  move_to(CaptureState::Failed);
}

}  // namespace streamkit::capture_tool
