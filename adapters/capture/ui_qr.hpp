#pragma once

#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit::capture_tool {

/// Returns a QR code of `text` as an SVG image, dark on white, with the quiet zone that readers
/// need. Source: ISO/IEC 18004.
/// Errors: InvalidArgument (the text is empty or longer than a code can hold).
Result<std::string> qr_svg(std::string_view text);

}  // namespace streamkit::capture_tool
