#pragma once

#include <functional>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

#include "capture/capture_options.hpp"
#include "capture/open_source.hpp"

namespace streamkit::capture_tool {

/// An opened audio device and how people know it.
struct NamedAudio {
  std::string id;
  std::string name;
  std::unique_ptr<AudioInput> input;
};

/// Devices or a live stream, opened.
struct LiveInputs {
  std::unique_ptr<VideoInput> video;
  std::vector<NamedAudio> audio;
  /// Returns what is wrong with the connection now. May be empty.
  std::function<std::vector<CaptureProblem>()> problems = {};
};

/// Joins the inputs to one source. Errors: InvalidArgument.
Result<OpenedSource> join_live(LiveInputs inputs, const CaptureOptions& options, Context context);

/// Returns the size of the captured frames: that of the options, with what they leave out taken
/// from the video.
[[nodiscard]] Resolution live_resolution(const Resolution& wanted, const VideoFormat& video);

}  // namespace streamkit::capture_tool
