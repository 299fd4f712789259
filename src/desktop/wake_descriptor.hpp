#pragma once

#include <poll.h>

#include <cstddef>
#include <optional>
#include <span>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::desktop {

/// Ends a wait for a descriptor from another thread.
class WakeDescriptor {
 public:
  /// Errors: ResourceExhausted (no descriptor is left).
  static Result<WakeDescriptor> create();
  ~WakeDescriptor();
  WakeDescriptor(WakeDescriptor&& other) noexcept;
  WakeDescriptor& operator=(WakeDescriptor&&) = delete;

  /// Ends the current wait, or the next one. Thread-safety: any thread.
  void wake() const noexcept;
  /// Waits until `descriptor` can be read, wake() is called, or `until` is past. -1: no descriptor;
  /// no time: without limit.
  void wait(int descriptor, std::optional<CaptureTime> until) const;
  /// The same for up to kMostDescriptors descriptors, each with the events to wait for.
  void wait(std::span<const pollfd> descriptors, std::optional<CaptureTime> until) const;

  static constexpr std::size_t kMostDescriptors = 4;

 private:
  explicit WakeDescriptor(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace streamkit::desktop
