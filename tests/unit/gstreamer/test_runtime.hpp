#pragma once

#include <string>

namespace streamkit::gstreamer {

/// Whether GStreamer has an element of this name. Its plugin may not be installed.
bool has_element(const std::string& name);

}  // namespace streamkit::gstreamer
