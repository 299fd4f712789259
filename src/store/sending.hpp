#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/error.hpp>
#include <streamkit/core/release_signal.hpp>
#include <streamkit/store/uploader.hpp>

namespace streamkit {

// A chunk that an uploader is sending. Guarded by the uploader's mutex, except where stated.
struct Sending {
  // Set before the first attempt. While it is null, the chunk is being loaded.
  std::shared_ptr<const Chunk> chunk;
  // Released when every chunk before this one is stored. Thread-safe.
  const ReleaseSignal turn;
  std::stop_source stop;  // ends the attempt
  bool attempting = false;
  // The attempt began before the turn of the chunk.
  bool ahead = false;
  // The attempt was stopped, because one at the chunk before this one failed.
  bool aborted = false;
  // Why an attempt ahead of the turn failed. Used by the thread that makes it.
  std::optional<Error> error = {};
  // No chunk may be sent ahead of its turn beside this one.
  bool alone = false;
  std::chrono::steady_clock::time_point begun_at = {};
  std::uint64_t sent_bytes = 0;     // by the present attempt
  std::uint64_t sampled_bytes = 0;  // those of sent_bytes that an UploadSample has counted
};

// Returns how much of the oldest chunk arrives before the next one begins.
[[nodiscard]] std::uint64_t bytes_before_next(const Sending& oldest, double link_bytes_per_second);

// Returns what a link carried in `elapsed`, at the end of which `oldest` was acknowledged, and
// marks it as counted. `next` is being sent beside it; null if no chunk is.
[[nodiscard]] UploadSample take_sample(const Sending& oldest, Sending* next,
                                       std::chrono::nanoseconds elapsed);

}  // namespace streamkit
