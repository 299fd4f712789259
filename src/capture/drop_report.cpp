#include "capture/drop_report.hpp"

#include <string>

namespace streamkit::capture {
namespace {

// Drops that are closer together than this are one burst.
constexpr std::chrono::seconds kQuiet{5};

std::string milliseconds_of(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

void DropReport::update(std::uint64_t dropped, const LiveSourceStats& stats, CaptureTime now) {
  if (dropped > 0) {
    context_.count("streamkit_capture_frames_dropped_total", static_cast<double>(dropped));
    if (!last_drop_) {
      context_.log(LogLevel::Warning,
                   "frames are dropped, because the encoder is slower than the source");
    }
    last_drop_ = now;
    burst_ += dropped;
  } else if (last_drop_ && now - *last_drop_ >= kQuiet) {
    context_.log(LogLevel::Info, "the encoder keeps up again",
                 {{"dropped_frames", std::to_string(burst_)}});
    last_drop_.reset();
    burst_ = 0;
  }
  report_gaps(stats);
}

void DropReport::report_gaps(const LiveSourceStats& stats) {
  std::uint64_t audio_gaps = 0;
  for (const LiveAudioStats& audio : stats.audio) audio_gaps += audio.gaps;
  if (audio_gaps > audio_gaps_) {
    context_.count("streamkit_capture_audio_gaps_total",
                   static_cast<double>(audio_gaps - audio_gaps_));
  }
  if (stats.video_gaps > before_.video_gaps) {
    context_.count("streamkit_capture_video_gaps_total",
                   static_cast<double>(stats.video_gaps - before_.video_gaps));
  }
  if (stats.cuts > before_.cuts) {
    context_.count("streamkit_capture_cuts_total", static_cast<double>(stats.cuts - before_.cuts));
    context_.log(LogLevel::Warning, "a long gap in time was cut out of the stream",
                 {{"cut_ms", milliseconds_of(stats.cut_time - before_.cut_time)}});
  }
  audio_gaps_ = audio_gaps;
  before_ = stats;
}

}  // namespace streamkit::capture
