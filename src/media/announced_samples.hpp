#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Returns how many samples the tables (stsz, stz2) and fragments (trun) of an MP4 file announce,
/// of all tracks together. Nothing is decoded, and a damaged file has a number too. An index that
/// is compressed (cmov) counts as 2^32 samples.
[[nodiscard]] std::uint64_t announced_samples(std::span<const std::uint8_t> mp4) noexcept;

/// FFmpeg creates an index entry for each sample that a file announces, whether it is there or not:
/// a table of one row may announce 4 billion.
/// Errors: CorruptData (more samples than the file has bytes, or than eight million).
Result<void> check_announced_samples(std::span<const std::uint8_t> mp4);

}  // namespace streamkit::media
