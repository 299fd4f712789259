#include "capture/live_capture.hpp"

#include <algorithm>
#include <streamkit/capture/live_source.hpp>
#include <utility>

namespace streamkit::capture_tool {
namespace {

constexpr FrameRate kUsualRate{30, 1};

struct AudioName {
  std::string id;
  std::string name;
};

std::vector<AudioMeter> meters_of(capture::LiveSource& source,
                                  const std::vector<AudioName>& names) {
  const auto measured = source.meters();
  const auto stats = source.stats();
  std::vector<AudioMeter> meters;
  for (std::size_t i = 0; i < std::min(names.size(), measured.size()); ++i) {
    AudioMeter meter{.id = names[i].id, .name = names[i].name};
    meter.peak = std::min(1.0, static_cast<double>(measured[i].peak));
    meter.silent = measured[i].silent;
    if (i < stats.audio.size()) {
      meter.level = stats.audio[i].level;
      meter.muted = stats.audio[i].muted;
    }
    meters.push_back(std::move(meter));
  }
  return meters;
}

void add_video_problem(const capture::LiveSourceStats& stats,
                       std::vector<CaptureProblem>& problems) {
  const std::string because = stats.video_message.empty() ? "" : ": " + stats.video_message;
  switch (stats.video_state) {
    case InputState::Running:
      return;
    case InputState::Covered:
      problems.push_back({"source_covered", "the window is covered, its frames may be old" +
                                                because + ". Bring it to the front"});
      return;
    case InputState::Minimized:
      problems.push_back({"source_minimized", "the window is minimized, the last frame is sent" +
                                                  because + ". Show it again"});
      return;
    case InputState::Lost:
      problems.push_back({"source_lost", "the source is gone, the last frame is sent" + because +
                                             ". Open or connect it again, or stop the stream"});
      return;
  }
}

void add_audio_problems(const capture::LiveSourceStats& stats, const std::vector<AudioName>& names,
                        std::vector<CaptureProblem>& problems) {
  for (std::size_t i = 0; i < std::min(names.size(), stats.audio.size()); ++i) {
    const auto& audio = stats.audio[i];
    if (audio.state != InputState::Lost) continue;
    const std::string because = audio.message.empty() ? "" : ": " + audio.message;
    problems.push_back({"audio_lost", "no audio comes from '" + names[i].name +
                                          "', silence is sent" + because +
                                          ". It is used again when it is back"});
  }
}

}  // namespace

Resolution live_resolution(const Resolution& wanted, const VideoFormat& video) {
  if (wanted.height_px == 0) return {};
  if (wanted.width_px > 0) return wanted;
  const int height = std::min(wanted.height_px, video.height_px) / 2 * 2;
  const int width = height * video.width_px / std::max(1, video.height_px) / 2 * 2;
  return {std::max(16, width), std::max(16, height)};
}

Result<OpenedSource> join_live(LiveInputs inputs, const CaptureOptions& options, Context context) {
  capture::LiveSourceOptions live;
  live.frame_rate = options.frame_rate.value_or(kUsualRate);
  const Resolution size = live_resolution(options.resolution, inputs.video->format());
  live.width_px = size.width_px;
  live.height_px = size.height_px;
  std::vector<AudioName> names;
  std::vector<std::unique_ptr<AudioInput>> audio;
  for (NamedAudio& one : inputs.audio) {
    names.push_back({std::move(one.id), std::move(one.name)});
    audio.push_back(std::move(one.input));
  }
  auto created = capture::LiveSource::create(std::move(inputs.video), std::move(audio), live,
                                             std::move(context));
  if (!created) return created.error();
  capture::LiveSource& source = **created;

  OpenedSource opened;
  opened.source = *std::move(created);
  opened.live = true;
  opened.pause = [&source](bool paused) { source.pause(paused); };
  opened.meters = [&source, names] { return meters_of(source, names); };
  opened.dropped_frames = [&source] { return source.stats().frames_dropped; };
  opened.set_audio = [&source, names](const std::string& id, double level,
                                      bool muted) -> Result<void> {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const AudioName& name) { return name.id == id; });
    if (found == names.end()) {
      return Error{ErrorCode::NotFound, "no audio input has the id '" + id + "'"};
    }
    const auto index = static_cast<std::size_t>(found - names.begin());
    source.set_level(index, static_cast<float>(level));
    source.mute(index, muted);
    return {};
  };
  opened.problems = [&source, names, more = std::move(inputs.problems)] {
    std::vector<CaptureProblem> problems = more ? more() : std::vector<CaptureProblem>{};
    const auto stats = source.stats();
    add_video_problem(stats, problems);
    add_audio_problems(stats, names, problems);
    return problems;
  };
  return opened;
}

}  // namespace streamkit::capture_tool
