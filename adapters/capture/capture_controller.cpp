#include "capture/capture_controller.hpp"

#include <locale>
#include <sstream>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/net/stereo_json.hpp>
#include <utility>

#include "capture/capture_problems.hpp"
#include "capture/device_list.hpp"

namespace streamkit::capture_tool {
namespace {

std::string text_of(double number) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << number;
  return text.str();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

Error nothing_runs() {
  return {ErrorCode::InvalidArgument, "nothing is captured now: start a stream first"};
}

}  // namespace

std::vector<std::string> words_of(const CaptureRequest& request) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view flag, std::string value) {
    if (!value.empty()) words.push_back("--" + std::string(flag) + "=" + std::move(value));
  };
  add("source", request.source);
  add("audio", joined(request.audio));
  if (request.width_px > 0 && request.height_px > 0) {
    add("resolution", std::to_string(request.width_px) + "x" + std::to_string(request.height_px));
  }
  if (request.frames_per_second > 0) add("fps", std::to_string(request.frames_per_second));
  if (request.chunk_seconds > 0) add("chunk-seconds", text_of(request.chunk_seconds));
  add("encoder", request.encoder);
  add("codec", request.codec);
  add("api-base", request.server);
  add("record", request.recording);
  return words;
}

CaptureController::CaptureController(std::vector<std::string> base_words,
                                     common::Environment environment, Context context)
    : base_words_(std::move(base_words)),
      environment_(std::move(environment)),
      context_(std::move(context)) {}

CaptureController::~CaptureController() { stop_.request_stop(); }

std::vector<SourceInfo> CaptureController::sources() { return list_devices(context_); }

Result<std::vector<std::uint8_t>> CaptureController::preview(const std::string& source_id) {
  if (const auto capture = running()) {
    if (const auto frame = capture->last_frame_of(source_id)) return media::encode_jpeg(*frame);
  }
  return device_preview(source_id, context_);
}

void CaptureController::set_starting(bool starting, const std::optional<Error>& failure) {
  const std::lock_guard lock(mutex_);
  starting_ = starting;
  start_failure_ = failure;
}

Result<void> CaptureController::start(const CaptureRequest& request) {
  std::vector<std::string> words = base_words_;
  for (std::string& word : words_of(request)) {
    // A flag may be given once; the request takes precedence.
    const std::string name = word.substr(0, word.find('='));
    std::erase_if(words, [&](const std::string& base) { return base.starts_with(name + "="); });
    words.push_back(std::move(word));
  }
  auto options = parse_capture_options(words, environment_);
  if (!options) return options.error();
  if (auto chosen = choose_stereo(request.stereo_json, *options); !chosen) return chosen;
  {
    const std::lock_guard lock(mutex_);
    if (starting_ || (capture_ && !capture_->finished())) {
      return Error{ErrorCode::InvalidArgument,
                   "a stream is running: end its session before starting another"};
    }
    starting_ = true;
    start_failure_ = {};
    capture_ = nullptr;
  }
  auto capture =
      ActiveCapture::start(*options, AfterCapture::WaitForEnd, context_, stop_.get_token());
  if (!capture) {
    set_starting(false, capture.error());
    return capture.error();
  }
  const std::lock_guard lock(mutex_);
  starting_ = false;
  capture_ = *std::move(capture);
  return {};
}

std::shared_ptr<ActiveCapture> CaptureController::running() const {
  const std::lock_guard lock(mutex_);
  return capture_;
}

Result<void> CaptureController::pause(bool paused) {
  const auto capture = running();
  if (!capture || capture->finished()) return nothing_runs();
  capture->pause(paused);
  return {};
}

Result<void> CaptureController::set_audio(const std::string& id, double level, bool muted) {
  const auto capture = running();
  if (!capture || capture->finished()) return nothing_runs();
  return capture->set_audio(id, level, muted);
}

Result<void> CaptureController::stop_capture() {
  const auto capture = running();
  if (!capture) return nothing_runs();
  capture->stop();
  return {};
}

Result<void> CaptureController::end_session() {
  const auto capture = running();
  if (!capture) return nothing_runs();
  capture->end();
  return {};
}

CaptureStatus CaptureController::status() {
  if (const auto capture = running()) return capture->status();
  CaptureStatus status;
  const std::lock_guard lock(mutex_);
  if (starting_) status.state = CaptureState::Starting;
  if (start_failure_) {
    status.state = CaptureState::Failed;
    status.problems.push_back(start_problem(*start_failure_));
  }
  return status;
}

Result<void> CaptureController::shut_down() {
  stop_.request_stop();
  const auto capture = running();
  if (!capture) return {};
  capture->end();
  return capture->wait();
}

}  // namespace streamkit::capture_tool
