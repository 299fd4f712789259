#pragma once

#include <optional>
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

 private:
  explicit WakeDescriptor(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace streamkit::desktop
