#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "fuzz/mp4_mutator.hpp"

// libFuzzer's own mutation, of raw bytes.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t most_bytes);

// Replaces libFuzzer's mutation in the targets that this file is linked into.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most_bytes, unsigned int seed) {
  const streamkit::Bytes changed =
      streamkit::fuzz::mutate_mp4({data, size}, most_bytes, seed, &LLVMFuzzerMutate);
  std::ranges::copy(changed, data);
  return changed.size();
}
