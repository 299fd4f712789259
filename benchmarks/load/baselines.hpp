#pragma once

#include <filesystem>

#include "load/put_load.hpp"

namespace streamkit::load {

/// SHA-256 over objects of this size, one after the other, on one thread.
[[nodiscard]] Throughput run_sha256(std::size_t object_bytes, std::chrono::milliseconds time);

/// Writes and syncs so many files of this size below `folder`, `writers` at a time, as plainly as
/// it can be done durably: write, fsync, rename, fsync of the folder. The files are removed again.
/// Errors: Unavailable.
Result<Throughput> run_disk(const std::filesystem::path& folder, std::size_t objects,
                            std::size_t object_bytes, std::size_t writers);

}  // namespace streamkit::load
