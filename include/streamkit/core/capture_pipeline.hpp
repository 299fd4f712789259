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

/// Takes each finished chunk, in order. May block; that holds the source back.
using ChunkHandler = std::function<Result<void>(Chunk)>;

/// Source -> Encoder -> Chunker -> `on_chunk`, until the source ends, fails or `stop` is requested;
/// then the encoder is flushed and the last chunk handed over, so nothing captured is lost. For
/// that `on_chunk` must not give up at `stop` itself. Reading and encoding run on a thread each,
/// with a bounded queue between; both are joined on return. Errors: the first failure of any stage.
/// A requested stop is not one.
STREAMKIT_API [[nodiscard]] Result<CaptureStats> run_capture(Source& source, Encoder& encoder,
                                                             Chunker& chunker,
                                                             const ChunkHandler& on_chunk,
                                                             std::stop_token stop);

}  // namespace streamkit
