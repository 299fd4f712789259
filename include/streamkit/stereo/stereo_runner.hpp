#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_renderer.hpp>
#include <utility>

namespace streamkit::stereo {

/// The components of a runner. Estimator and renderer must outlive the runner.
struct STREAMKIT_API StereoRunnerParts {
  DepthEstimator& estimator;
  StereoRenderer& renderer;
  /// Called once in each run, with the format of the rendered frames.
  VideoEncoderFactory make_encoder;
};

struct STREAMKIT_API RunProgress {
  std::uint64_t video_frames = 0;
  /// The end of the last encoded frame, counted from the start of the first.
  MediaTime done{0};
};

struct STREAMKIT_API RunOptions {
  /// Called on the calling thread after each encoded frame; should not block. May be empty.
  std::function<void(const RunProgress&)> on_progress = {};
  /// The number of frames that may wait between two stages. A larger value compensates for uneven
  /// stages and costs that many frames of memory, twice. An estimator with a batch size above 1
  /// additionally holds that many source frames.
  std::size_t queue_frames = 2;
  /// State of estimator and renderer before the first frame, from the RunStats of the run that
  /// ended there. If empty, they start anew.
  Bytes depth_state = {};
  Bytes view_state = {};
};

struct STREAMKIT_API RunStats {
  std::uint64_t video_frames = 0;
  std::uint64_t audio_packets = 0;
  /// The format of the packed frames.
  VideoFormat video = {};
  /// From the start of the first frame to the end of the last one.
  MediaTime duration{0};
  /// State of estimator and renderer at the end, for the run that continues from here.
  Bytes depth_state = {};
  Bytes view_state = {};
  /// The reason why a given state was rejected, so that its owner started anew.
  std::optional<Error> state_refused = {};
};

/// Converts a media file to a stereo segment: decode -> depth and views -> encode and write, each
/// on its own thread (the last on the caller's), with bounded queues between. Frames keep their
/// timestamps, audio packets pass unchanged; a TimelineFitter before the sink moves both.
/// Thread-safety: one run at a time.
class STREAMKIT_API StereoRunner {
 public:
  explicit StereoRunner(StereoRunnerParts parts) : parts_(std::move(parts)) {}

  /// Reads `reader` to its end. Estimator and renderer are set to the states of the options first,
  /// so the same file and states give the same segment. Blocks; every thread is joined on return,
  /// whatever the outcome.
  /// Errors: the first failure in the order of the stream, of whichever stage; Cancelled if `stop`
  /// was requested; CorruptData (the file has no video frame). An exception of a stage is an error,
  /// too: ResourceExhausted (no memory); Internal.
  Result<RunStats> run(MediaReader& reader, PacketSink& sink, const RunOptions& options = {},
                       std::stop_token stop = {});

 private:
  Result<RunStats> run_stages(MediaReader& reader, PacketSink& sink, const RunOptions& options,
                              const std::stop_token& stop);

  StereoRunnerParts parts_;
};

}  // namespace streamkit::stereo
