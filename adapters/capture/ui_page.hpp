#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

#include "capture/capture_control.hpp"

namespace streamkit::capture_tool {

/// An encoder that the page offers.
struct EncoderChoice {
  /// As CaptureRequest::encoder takes it.
  std::string name;
  /// For people: "H.264 on the processor".
  std::string summary;
};

struct ControlPageOptions {
  /// On 127.0.0.1; 0 selects a free port.
  std::uint16_t port = 0;
  /// The folder of the page's files.
  std::filesystem::path web_dir;
  /// The file of hls.js, which shows the 3D result. If it does not exist, the page links to the
  /// server's watch page instead.
  std::filesystem::path hls_js = {};
  /// Shown when the page is opened.
  CaptureRequest defaults = {};
  /// Returns the encoders that work on this machine; may block. Empty: only "auto" is offered.
  std::function<std::vector<EncoderChoice>()> encoders = {};
  /// The folder of local recordings; created if missing. Empty: none are offered.
  std::filesystem::path recordings_dir = {};
  /// Keeps the recent sessions, also over restarts. Empty: they are forgotten.
  std::filesystem::path sessions_file = {};
};

/// Serves the control page of one CaptureControl on the loopback interface, under an address that
/// cannot be guessed. The capture does not depend on the page: it continues when nobody looks.
/// Thread-safety: every method may be called from any thread.
class ControlPage {
 public:
  /// Serves until it is destroyed. `control` and the targets of `context` must outlive the page.
  /// Errors: NotFound (a file of the page is missing); Unavailable (the port is taken).
  static Result<std::unique_ptr<ControlPage>> start(ControlPageOptions options,
                                                    CaptureControl& control, Context context);
  virtual ~ControlPage() = default;
  /// Returns the address to open. It is a secret: who knows it controls the capture.
  [[nodiscard]] virtual std::string url() const = 0;
};

/// Returns share/streamkit/NAME beside the folder of this program; empty if it does not exist.
[[nodiscard]] std::filesystem::path shared_folder(const std::string& name);

}  // namespace streamkit::capture_tool
