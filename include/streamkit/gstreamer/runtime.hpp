#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::gstreamer {

/// GStreamer, initialized for this process by the application. Other functions of this room fail
/// until one was created, or the application called gst_init() itself: the kit never does it
/// unasked. Keep it for as long as anything of GStreamer is used.
class STREAMKIT_API Runtime {
 public:
  /// Initializes GStreamer, unless that was done before. Errors: Unavailable (GStreamer's message).
  static Result<std::unique_ptr<Runtime>> create();
  /// Leaves GStreamer initialized: it cannot be initialized twice in one process.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Frees what GStreamer holds for the process, which cannot use it afterwards. For leak checks at
  /// the end of a program; otherwise unnecessary.
  static void shut_down();

 private:
  Runtime() = default;
};

/// Returns the version of GStreamer in use, as in "1.22.0".
STREAMKIT_API [[nodiscard]] std::string version();

}  // namespace streamkit::gstreamer
