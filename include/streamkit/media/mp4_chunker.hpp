#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/chunker.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Opens a chunker that writes self-initializing fragmented MP4 with a continuous `tfdt`: each
/// chunk plays alone, and all of them in sequence are one stream. The cut is before the first video
/// frame of each grid cell, which must be an IDR. Audio is assigned by timestamp, not by arrival,
/// to the chunk on whose side of the cut it starts.
/// The first chunk has the index `first_index`, which is above 0 when a stream is resumed; it may
/// begin anywhere in its grid cell.
/// Memory: the packets of one chunk, plus those that arrive early because of the encoder's
/// look-ahead.
/// Errors: InvalidArgument (chunk duration below kMinChunkDuration, no video track).
STREAMKIT_API Result<std::unique_ptr<Chunker>> open_chunker(ChunkGrid grid, Tracks tracks,
                                                            std::uint64_t first_index = 0);

}  // namespace streamkit::media
