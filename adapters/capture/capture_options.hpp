#pragma once

#include <chrono>
#include <optional>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>

#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// The options of `streamkit-capture`.
struct CaptureOptions {
  client::PublisherOptions publisher;
  /// The PEM file of the trusted authorities for HTTPS; empty: those of the system.
  std::string ca_file;
  /// The path of a file, an http(s) URL, "-" for standard input, or "test" for the generated scene.
  std::string input = "test";
  media::TrackChoice tracks = {};
  bool loop = false;
  bool allow_playlists = false;
  /// HDR of the file stays HDR.
  bool keep_hdr = false;
  /// Of a file; see capture::FileSourceOptions.
  std::optional<FrameRate> frame_rate = {};
  bool stated_rate = false;
  capture::Pacing pacing = capture::Pacing::Realtime;
  /// 0 means until the input ends.
  MediaTime duration{0};
  /// Its chunk duration is that of the publisher.
  media::EncoderOptions encoder;
  LogLevel log_level = LogLevel::Warning;
};

[[nodiscard]] common::CommandLine capture_command_line();
/// Reads the options. Errors: InvalidArgument, naming the flag.
Result<CaptureOptions> read_capture_options(const common::Arguments& arguments);

}  // namespace streamkit::capture_tool
