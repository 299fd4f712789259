#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>
#include <streamkit/media/media_limits.hpp>

namespace streamkit::media {

/// Reads all packets of a file of unknown origin without decoding: its index, the number of its
/// tracks and packets, and the size of each picture. A file that cannot be opened passes, because
/// opening it fails as well.
/// Errors: limit_exceeded().
Result<void> scan_packets(std::span<const std::uint8_t> file, const MediaLimits& limits);

}  // namespace streamkit::media
