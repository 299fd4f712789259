#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <streamkit/capture/live_stats.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/retry.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>
#include <string_view>

namespace streamkit::capture {

struct STREAMKIT_API UrlInputOptions {
  /// A URL of a live stream: http and https (MPEG-TS, FLV, HLS, DASH and whatever else FFmpeg
  /// opens), rtmp, rtmps, rtsp, rtsps, srt, tcp or udp.
  std::string url = {};
  media::TrackChoice tracks = {};
  /// How long the first connection may take until its tracks are known.
  std::chrono::milliseconds open_timeout{15'000};
  /// A server that sends nothing for this long counts as lost; thrice as long for HLS and DASH,
  /// which wait for whole segments.
  std::chrono::milliseconds stall_timeout{10'000};
  /// The inputs fail when the stream has not come back after this time. A longer one rides out
  /// longer outages and reports them later.
  std::chrono::milliseconds give_up_after{600'000};
  /// The delays between attempts to connect again; `max_attempts` is ignored.
  RetryPolicy backoff = {};
  /// Ends the call of open_url_inputs(); reads have their own.
  std::stop_token stop = {};
};

/// The tracks of one connection.
struct STREAMKIT_API UrlInputs {
  /// Null if the stream has no video.
  std::unique_ptr<VideoInput> video;
  /// Null if the stream has no audio.
  std::unique_ptr<AudioInput> audio;
  /// Returns the state of the connection. Callable from any thread, also after the inputs are gone,
  /// when the connection is closed.
  std::function<LiveStats()> stats;
};

/// Returns whether `text` is a URL that open_url_inputs() takes.
STREAMKIT_API [[nodiscard]] bool is_live_url(std::string_view text);

/// Connects to a live stream. Frames have the size and colours of the first connection, audio is
/// 48 kHz stereo. Each frame is returned when it is to be shown: both tracks go by one clock, so
/// that they stay together, and the buffer follows the sender's clock by at most 400 ppm. A stream
/// is joined at its live edge; HLS and DASH three segments before it.
///
/// When the connection breaks, or nothing comes, both inputs report InputState::Lost, and Running
/// when the stream is back. What is missing is a gap in the times, and HLS that comes back in time
/// has none. A finished playlist, or a file of known size, is played at its own speed to its end.
///
/// A playlist can refer to http and https URLs and to nothing else; other streams to nothing.
/// Certificates are verified.
/// Memory: the inputs share one thread; up to 64 MiB of packets wait for each.
/// Blocks until the tracks are known. The inputs may be read on different threads, and outlive each
/// other.
/// Metrics, by `input` (the URL without query and password): `streamkit_input_buffer_seconds`,
/// `streamkit_input_retries_total`, `streamkit_input_gaps_total`.
/// Errors: InvalidArgument (not a URL of a live stream); Timeout; NotFound; PermissionDenied;
/// Unavailable; CorruptData; Unsupported; Cancelled.
STREAMKIT_API Result<UrlInputs> open_url_inputs(const UrlInputOptions& options,
                                                Context context = {});

}  // namespace streamkit::capture
