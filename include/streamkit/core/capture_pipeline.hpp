#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/chunker.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source.hpp>

namespace streamkit {

struct STREAMKIT_API CaptureStats {
  std::uint64_t video_frames = 0;
  std::uint64_t audio_samples = 0;
  std::uint64_t chunks = 0;
};

/// Receives each finished chunk, in order. May block, which makes the source wait.
using ChunkHandler = std::function<Result<void>(Chunk)>;

/// Runs Source -> Encoder -> Chunker -> `on_chunk` until the source ends, fails or `stop` is
/// requested. Then it flushes the encoder and hands over the last chunk, so nothing captured is
/// lost; for this, `on_chunk` itself must not give up when `stop` is requested. Reading and
/// encoding each run on a thread of their own, with a bounded queue between; both are joined on
/// return.
/// Errors: the first failure of any stage. A requested stop is not an error.
STREAMKIT_API Result<CaptureStats> run_capture(Source& source, Encoder& encoder, Chunker& chunker,
                                               const ChunkHandler& on_chunk, std::stop_token stop);

}  // namespace streamkit
