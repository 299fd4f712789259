#pragma once

#include <filesystem>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <string>
#include <variant>

namespace streamkit::demo {

struct DemoOptions {
  /// A file's path, or "test" for the generated scene.
  std::string input = "test";
  bool loop = false;
  capture::Pacing pacing = capture::Pacing::Realtime;
  /// 0: until the input ends.
  MediaTime duration{0};
  StereoMode mode = StereoMode::FullSbs;
  /// Of the 2D chunks.
  media::EncoderOptions capture_encoder;
  /// Of the 3D segments.
  media::EncoderOptions encoder;
  stereo::StereoOptions stereo;
  worker::DepthEstimatorFactory make_depth;
  std::string listen;
  std::filesystem::path data_dir;
  bool keep_serving = false;
  LogLevel log_level = LogLevel::Warning;
};

/// What the program prints and exits with instead of running.
struct HelpText {
  std::string text;
};

/// Errors: InvalidArgument, naming the flag; those of loading a depth model.
Result<std::variant<DemoOptions, HelpText>> read_options(int argc, const char* const* argv);

}  // namespace streamkit::demo
