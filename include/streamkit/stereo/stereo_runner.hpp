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

/// What a runner works with. Estimator and renderer are lent and must outlive the runner.
struct STREAMKIT_API StereoRunnerParts {
  DepthEstimator& estimator;
  StereoRenderer& renderer;
  /// Called once in each run, with the format that the renderer gives.
  VideoEncoderFactory make_encoder;
};

struct STREAMKIT_API RunProgress {
  std::uint64_t video_frames = 0;
  /// The end of the last encoded picture, counted from the first one's start.
  MediaTime done{0};
};

struct STREAMKIT_API RunOptions {
  /// Called on the calling thread after each encoded picture; should not block. May be empty.
  std::function<void(const RunProgress&)> on_progress = {};
  /// Pictures that may wait between two stages. More evens out uneven stages and costs that many
  /// pictures of memory, twice. An estimator that takes several at once costs as many pictures of
  /// the source beside that.
  std::size_t queue_frames = 2;
  /// What estimator and renderer remember of the pictures before the first one, from the RunStats
  /// of the run that held them. Empty: they start anew.
  Bytes depth_state = {};
  Bytes view_state = {};
};

struct STREAMKIT_API RunStats {
  std::uint64_t video_frames = 0;
  std::uint64_t audio_packets = 0;
  /// The packed picture's format.
  VideoFormat video = {};
  /// From the first picture's start to the last one's end.
  MediaTime duration{0};
  /// What estimator and renderer remember at the end, for the run that goes on from here.
  Bytes depth_state = {};
  Bytes view_state = {};
  /// Why a state given was of no use, so that its owner started anew.
  std::optional<Error> state_refused = {};
};

/// Pictures in, stereo segment out: decode -> depth and views -> encode and write, on a thread
/// each (the last on the caller's), with bounded queues between. Pictures keep their timestamps,
/// sound packets pass untouched; a TimelineFitter before the sink moves both.
/// Thread-safety: one run at a time.
class STREAMKIT_API StereoRunner {
 public:
  explicit StereoRunner(StereoRunnerParts parts) : parts_(std::move(parts)) {}

  /// Reads `reader` to its end. Estimator and renderer are given the states of the options first
  /// and nothing else, so the same file and states give the same segment. Blocks; every thread is
  /// joined on return, whatever the outcome. Errors: the first failure in the order of the stream,
  /// of whichever stage; Cancelled when `stop` was requested; CorruptData (no picture in the file).
  Result<RunStats> run(MediaReader& reader, PacketSink& sink, const RunOptions& options = {},
                       std::stop_token stop = {});

 private:
  StereoRunnerParts parts_;
};

}  // namespace streamkit::stereo
