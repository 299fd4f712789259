#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <streamkit/core/packet.hpp>

namespace streamkit::fuzz {

/// Changes up to `most_bytes` bytes in place, of which the first `size` are there; returns the new
/// size. libFuzzer's LLVMFuzzerMutate is one.
using PlainMutation =
    std::function<std::size_t(std::uint8_t* data, std::size_t size, std::size_t most_bytes)>;

/// Returns a changed copy of an MP4 file, of at most `most_bytes`: values at the edges of their
/// fields, table rows and boxes that are removed, repeated, moved or state a wrong size. The sizes
/// of the boxes around, and the offsets of media data, mostly follow, so that a demuxer reads on
/// behind the change. The same seed makes the same change. A file of another kind gets the plain
/// mutation.
[[nodiscard]] Bytes mutate_mp4(std::span<const std::uint8_t> file, std::size_t most_bytes,
                               std::uint64_t seed, const PlainMutation& plain);

}  // namespace streamkit::fuzz
