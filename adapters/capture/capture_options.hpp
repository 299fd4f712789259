#pragma once

#include <chrono>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <string>

#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// The options of `streamkit-capture`.
struct CaptureOptions {
  client::PublisherOptions publisher;
  /// PEM file of the authorities to trust for HTTPS; empty: the system's.
  std::string ca_file;
  /// A file's path, or "test" for the generated scene.
  std::string input = "test";
  bool loop = false;
  capture::Pacing pacing = capture::Pacing::Realtime;
  /// 0: until the input ends.
  MediaTime duration{0};
  /// Its chunk duration is the publisher's.
  media::EncoderOptions encoder;
  LogLevel log_level = LogLevel::Warning;
};

[[nodiscard]] common::CommandLine capture_command_line();
/// Errors: InvalidArgument, naming the flag.
Result<CaptureOptions> read_capture_options(const common::Arguments& arguments);

}  // namespace streamkit::capture_tool
