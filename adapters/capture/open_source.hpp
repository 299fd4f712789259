#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source.hpp>
#include <string>
#include <vector>

#include "capture/capture_control.hpp"
#include "capture/capture_options.hpp"

namespace streamkit::capture_tool {

/// A source with what a person can change and see while it runs.
/// Thread-safety: of the functions: any thread, concurrently.
struct OpenedSource {
  std::unique_ptr<Source> source;
  /// It cannot wait: what is not captured in time is lost.
  bool live = false;
  /// Sets level and mute of an audio input. Errors: NotFound. Empty: the source has one audio
  /// track, which is controlled elsewhere.
  std::function<Result<void>(const std::string& id, double level, bool muted)> set_audio = {};
  /// Returns the meters of its audio inputs. Empty as above.
  std::function<std::vector<AudioMeter>()> meters = {};
  std::function<void(bool paused)> pause = {};
  std::function<std::uint64_t()> dropped_frames = {};
  /// Returns what is wrong now.
  std::function<std::vector<CaptureProblem>()> problems = {};
};

/// Opens what `options.source` and `options.audio` name.
/// Errors: those of the source; NotFound, listing the ids that exist; InvalidArgument (audio ids
/// with a file).
Result<OpenedSource> open_source(const CaptureOptions& options, std::stop_token stop,
                                 Context context);

}  // namespace streamkit::capture_tool
