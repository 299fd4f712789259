#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::worker {

/// The code with which a process exits that got no more memory.
inline constexpr int kExitOutOfMemory = 86;

/// To be called first in a process that converts: it ends with its parent, ignores the signals
/// that end a group of processes, takes memory sparingly, exits with kExitOutOfMemory when it gets
/// no more, and is the first that the kernel ends when the machine has none left.
void prepare_conversion_process();

struct SandboxOptions {
  std::uint64_t max_memory_bytes = 0;
  /// Whether a device, such as a graphics card, is used: then address space and system calls are
  /// not limited.
  bool uses_devices = false;
};

/// Takes from this process what a conversion does not need, for good: it opens no file, socket or
/// program, and its memory is limited. Returns what could not be taken from it, for people; empty
/// if all could. Errors: Internal.
Result<std::string> enter_sandbox(const SandboxOptions& options);

}  // namespace streamkit::worker
