#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

/// Returns how many samples an MP4 file announces, of all tracks together: its tables of sizes
/// (stsz, stz2) with its fragments (trun), or its tables of times (stts, ctts) if those have more.
/// Nothing is decoded, and a damaged file has a number too. An index that is compressed (cmov)
/// counts as 2^32 samples.
[[nodiscard]] std::uint64_t announced_samples(std::span<const std::uint8_t> mp4) noexcept;

/// FFmpeg creates an index entry for each sample that a file announces, whether it is there or not,
/// or counts them one by one: a table of one row may announce 4 billion.
/// Errors: CorruptData (more samples than the file has bytes, or than eight million).
Result<void> check_announced_samples(std::span<const std::uint8_t> mp4);

}  // namespace streamkit::media
