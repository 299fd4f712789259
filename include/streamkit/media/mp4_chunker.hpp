#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/chunker.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Opens a chunker that writes self-initializing fragmented MP4 with a continuous `tfdt`: each
/// chunk plays alone, and all of them in a row are one stream. The cut lies before the first
/// picture of each grid cell, which must be an IDR; sound goes by its timestamps, not by arrival,
/// into the chunk on whose side of the cut it starts.
/// Memory: the packets of one chunk, and what the encoder's look-ahead lets arrive early.
/// Errors: InvalidArgument (chunk duration below kMinChunkDuration, no video track).
STREAMKIT_API [[nodiscard]] Result<std::unique_ptr<Chunker>> open_chunker(ChunkGrid grid,
                                                                          Tracks tracks);

}  // namespace streamkit::media
