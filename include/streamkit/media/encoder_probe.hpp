#pragma once

#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/media/video_codec.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::media {

/// The result of a trial of one encoder.
struct STREAMKIT_API EncoderReport {
  /// FFmpeg's name, such as "h264_nvenc"; a value of EncoderOptions::encoder.
  std::string name;
  bool hardware = false;
  /// It encoded one second of video and kept the guarantees of open_encoder().
  bool works = false;
  /// Why it does not work and what it needs. Empty if it works.
  std::string reason = {};
  /// Frames that it encoded in a second of real time; 0 if it does not work.
  double frames_per_second = 0;
};

/// Tries each encoder of `codec` that this FFmpeg contains, in the order in which "auto" prefers
/// them: hardware first, libx264 or libx265 last. A trial encodes one second of video of `format`
/// with a forced IDR in its middle and checks what comes out.
/// Blocks; a trial ends after five seconds, that of libx264 or libx265 after two minutes. A driver
/// that hangs longer keeps its thread until the process ends, and its encoder is not tried again in
/// this process. `stop` ends the call between trials and abandons the one that runs: encoders that
/// were not tried are reported so.
STREAMKIT_API [[nodiscard]] std::vector<EncoderReport> probe_encoders(VideoCodec codec,
                                                                      const VideoFormat& format,
                                                                      std::stop_token stop = {});

/// Returns the name of the encoder that `options.encoder` means for `video`. "auto" is the first
/// hardware encoder that works at the frame rate of `video`, otherwise libx264 or libx265, with a
/// warning in the log that names the reasons. A named encoder is tried, as by probe_encoders().
/// Store the name in `options.encoder` to open several encoders without trying them again.
/// Errors: InvalidArgument (an unknown name, or one of another codec); Unsupported (the encoder
/// does not work here; the message states why and what to do); Cancelled.
STREAMKIT_API Result<std::string> choose_encoder(const EncoderOptions& options,
                                                 const VideoFormat& video,
                                                 const Context& context = {},
                                                 std::stop_token stop = {});

/// Returns the names of all encoders that the kit can use, also of those that this FFmpeg does not
/// contain.
STREAMKIT_API [[nodiscard]] std::vector<std::string> encoder_names();

/// Returns the codec that the named encoder writes. Errors: InvalidArgument (an unknown name).
STREAMKIT_API Result<VideoCodec> codec_of_encoder(std::string_view name);

}  // namespace streamkit::media
