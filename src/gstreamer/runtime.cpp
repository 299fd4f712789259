#include <streamkit/gstreamer/runtime.hpp>

#include "gstreamer/gst_handles.hpp"

namespace streamkit::gstreamer {

Result<std::unique_ptr<Runtime>> Runtime::create() {
  GError* error = nullptr;
  if (!gst_is_initialized() && !gst_init_check(nullptr, nullptr, &error)) {
    const ErrorPtr owned(error);
    return Error{ErrorCode::Unavailable,
                 "cannot initialize GStreamer: " +
                     std::string(error != nullptr ? error->message : "unknown reason"),
                 "gstreamer", error != nullptr ? error->code : 0};
  }
  return std::unique_ptr<Runtime>(new Runtime);
}

Runtime::~Runtime() = default;

void Runtime::shut_down() {
  if (gst_is_initialized()) gst_deinit();
}

std::string version() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro);
}

}  // namespace streamkit::gstreamer
