#pragma once

#include <streamkit/core/packet.hpp>

namespace streamkit::gstreamer {

/// Whether a coded picture of H.264 or, with `hevc`, HEVC is an IDR. With start codes.
[[nodiscard]] bool is_idr(const Bytes& picture, bool hevc);

/// Returns the parameter sets before the first slice, with start codes.
[[nodiscard]] Bytes parameter_sets(const Bytes& picture, bool hevc);

}  // namespace streamkit::gstreamer
