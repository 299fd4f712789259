#include "capture/live_inputs.hpp"

#include <algorithm>
#include <array>
#include <streamkit/capture/camera.hpp>
#include <streamkit/capture/url_input.hpp>
#include <string_view>
#include <utility>

#include "capture/desktop_devices.hpp"
#include "capture/device_list.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr FrameRate kUsualRate{30, 1};
constexpr std::array<std::string_view, 4> kDeviceKinds = {
    "screen:", "window:", "portal:", "camera:"};

bool is_device(std::string_view source) {
  return std::any_of(kDeviceKinds.begin(), kDeviceKinds.end(),
                     [&](std::string_view kind) { return source.starts_with(kind); });
}

// A file on a web server has an end and can wait; a playlist may be live.
bool is_web_file(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return false;
  const std::string_view path = url.substr(0, std::min(url.find_first_of("?#"), url.size()));
  return !path.ends_with(".m3u8") && !path.ends_with(".mpd");
}

Result<LiveInputs> open_url(const CaptureOptions& options, std::stop_token stop,
                            const Context& context) {
  auto opened = capture::open_url_inputs(
      {.url = options.source, .tracks = options.tracks, .stop = std::move(stop)}, context);
  if (!opened) return opened.error();
  if (!opened->video) {
    return Error{ErrorCode::Unsupported, "the stream has no video; a stream needs some"};
  }
  LiveInputs inputs;
  inputs.video = std::move(opened->video);
  if (opened->audio)
    inputs.audio.push_back({"audio", "Audio of the stream", std::move(opened->audio)});
  return inputs;
}

Result<LiveInputs> open_video_device(const CaptureOptions& options, std::stop_token stop,
                                     const Context& context) {
  const Resolution size = options.resolution.width_px > 0 ? options.resolution : Resolution{};
  LiveInputs inputs;
  if (options.source.starts_with("camera:")) {
    auto camera = capture::open_camera({.id = options.source,
                                        .width_px = size.width_px,
                                        .height_px = size.height_px,
                                        .frame_rate = options.frame_rate.value_or(kUsualRate),
                                        .stop = std::move(stop)},
                                       context);
    if (!camera) return camera.error();
    inputs.video = *std::move(camera);
    return inputs;
  }
  auto screen = open_screen_or_window({.id = options.source,
                                       .width_px = size.width_px,
                                       .height_px = size.height_px,
                                       .frame_rate = options.frame_rate.value_or(kUsualRate),
                                       .cursor = options.cursor,
                                       .ask_again = options.ask_source,
                                       .stop = std::move(stop)},
                                      context);
  if (!screen) return screen.error();
  inputs.video = *std::move(screen);
  return inputs;
}

std::string name_of(const std::string& id, const std::vector<SourceInfo>& devices) {
  const auto found = std::find_if(devices.begin(), devices.end(),
                                  [&](const SourceInfo& device) { return device.id == id; });
  return found == devices.end() ? id : found->name;
}

Result<void> add_audio(const std::vector<std::string>& ids, LiveInputs& inputs,
                       const Context& context) {
  if (ids.empty()) return {};
  auto listed = list_audio_devices();
  if (!listed) return listed.error().with_context("--audio");
  for (const std::string& id : ids) {
    auto audio = open_audio_device(id, context);
    if (!audio && audio.error().code == ErrorCode::NotFound) {
      return unknown_device("audio", id, *listed);
    }
    if (!audio) return audio.error().with_context("--audio " + id);
    inputs.audio.push_back({id, name_of(id, *listed), *std::move(audio)});
  }
  return {};
}

}  // namespace

bool is_device_or_stream(const CaptureOptions& options) {
  if (options.gstreamer) return options.pacing == capture::Pacing::Realtime;
  if (is_device(options.source)) return true;
  if (!capture::is_live_url(options.source) || is_web_file(options.source)) return false;
  return options.pacing == capture::Pacing::Realtime && !options.loop;
}

Result<LiveInputs> open_live_inputs(const CaptureOptions& options, std::stop_token stop,
                                    const Context& context) {
  auto inputs = is_device(options.source) ? open_video_device(options, std::move(stop), context)
                                          : open_url(options, std::move(stop), context);
  if (!inputs) {
    if (inputs.error().code != ErrorCode::NotFound || !is_device(options.source)) return inputs;
    return unknown_device("source", options.source, list_devices(context));
  }
  if (auto added = add_audio(options.audio, *inputs, context); !added) return added.error();
  return inputs;
}

}  // namespace streamkit::capture_tool
