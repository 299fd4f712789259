#pragma once

#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/worker/worker.hpp>
#include <string>

#include "common/command_line.hpp"
#include "worker/depth_flags.hpp"

namespace streamkit::worker_tool {

/// The options of `streamkit-worker run`.
struct ToolOptions {
  std::filesystem::path data_dir;
  worker::WorkerOptions worker;
  stereo::StereoOptions stereo;
  media::EncoderOptions encoder;
  bool keep_hdr = false;
  SessionDepth depth;
  /// Whether chunks are converted in processes of their own.
  bool isolated = false;
  /// Whether a graphics card, or another device, runs the depth network.
  bool uses_devices = false;
  ResourcePolicy policy;
  LogLevel log_level = LogLevel::Info;
  /// The address on which metrics are served; empty: they are not served.
  std::string metrics_listen;
};

[[nodiscard]] common::CommandLine worker_command_line();
/// Reads the options. Errors: InvalidArgument, naming flag and variable.
Result<ToolOptions> read_worker_options(const common::Arguments& arguments);

}  // namespace streamkit::worker_tool
