#include "capture/gstreamer_source.hpp"

namespace streamkit::capture_tool {

Result<OpenedSource> open_gstreamer_source(const CaptureOptions& /*options*/,
                                           std::stop_token /*stop*/) {
  return Error{ErrorCode::Unsupported,
               "--backend gstreamer: this program was built without STREAMKIT_WITH_GSTREAMER"};
}

}  // namespace streamkit::capture_tool
