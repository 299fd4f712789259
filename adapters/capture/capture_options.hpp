#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <streamkit/capture/pacing.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// The size of the captured frames. 0: that of the source.
struct Resolution {
  int width_px = 0;
  int height_px = 0;

  friend bool operator==(const Resolution&, const Resolution&) = default;
};

/// Where chunks wait until they are stored.
enum class SpoolChoice {
  Automatic,  ///< On disk for live devices and streams, in memory for files and the test scene.
  None,
  Folder
};

/// The options of `streamkit-capture start`.
struct CaptureOptions {
  client::PublisherOptions publisher;
  /// The PEM file of the trusted authorities for HTTPS; empty: those of the system.
  std::string ca_file;
  /// The id of a screen, window or camera; the path of a file; a URL; "-" for standard input; or
  /// "test" for the generated scene.
  std::string source = "test";
  /// `source` is the text of a GStreamer pipeline.
  bool gstreamer = false;
  /// Ids of microphones and system sound, mixed.
  std::vector<std::string> audio = {};
  media::TrackChoice tracks = {};
  bool loop = false;
  bool allow_playlists = false;
  /// HDR of the file stays HDR.
  bool keep_hdr = false;
  Resolution resolution = {};
  /// Of a file; see capture::FileSourceOptions. Of a device: its rate, 30 if empty.
  std::optional<FrameRate> frame_rate = {};
  bool stated_rate = false;
  /// The mouse pointer is part of a screen's or window's frames.
  bool cursor = true;
  /// The desktop portal asks the user for the source, also if it remembers an earlier choice.
  bool ask_source = false;
  capture::Pacing pacing = capture::Pacing::Realtime;
  /// 0 means until the input ends.
  MediaTime duration{0};
  /// Its chunk duration is that of the publisher.
  media::EncoderOptions encoder;
  /// Name of an encoder, or "auto".
  std::string encoder_name = "auto";
  /// The file of the local recording; empty: none.
  std::filesystem::path recording = {};
  SpoolChoice spool = SpoolChoice::Automatic;
  /// The folder that holds one spool per session.
  std::filesystem::path spool_folder = {};
  bool adaptive_bit_rate = false;
  /// Prints one JSON object per line instead of text.
  bool json = false;
  /// The words that these options were read from, without secrets. With them
  /// `streamkit-capture resume` opens the same source again.
  std::vector<std::string> words = {};
  LogLevel log_level = LogLevel::Warning;
};

[[nodiscard]] common::CommandLine capture_command_line();
/// Reads the options. Errors: InvalidArgument, naming the flag.
Result<CaptureOptions> read_capture_options(const common::Arguments& arguments);
/// Parses and reads the words of a command line, without the name of the program.
/// Errors: InvalidArgument, naming the flag.
Result<CaptureOptions> parse_capture_options(const std::vector<std::string>& words,
                                             const common::Environment& environment);

/// Sets the mode and what else a session's `stereo` object chooses. An empty text chooses nothing.
/// Errors: InvalidArgument, naming the field.
Result<void> choose_stereo(const std::string& stereo_json, CaptureOptions& options);

/// Returns the flags among `flags` that were given, as words of the form "--name=value".
[[nodiscard]] std::vector<std::string> given_words(const common::Arguments& arguments,
                                                   const std::vector<common::Flag>& flags);

/// Returns the words without the values of flags that hold secrets.
[[nodiscard]] std::vector<std::string> without_secrets(const std::vector<std::string>& words);

/// Reads "1280x720", "720p", "1080p" or "source". Returns nothing for other texts.
[[nodiscard]] std::optional<Resolution> parse_resolution(std::string_view text);

}  // namespace streamkit::capture_tool
