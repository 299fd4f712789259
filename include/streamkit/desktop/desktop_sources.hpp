#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::desktop {

/// Lists the screens, then the windows of an X server's window manager, or without one its
/// top-level windows: at most 500. The primary screen and the active window are the defaults.
/// `display` names the server as in ":0"; empty: the environment variable DISPLAY does.
/// Errors: InvalidArgument (no display is named); Unavailable (the server cannot be reached);
/// Unsupported (the server lacks an extension that capturing needs).
STREAMKIT_API Result<std::vector<SourceInfo>> list_desktop_sources(const std::string& display = {});

/// Returns a frame of a screen or window, scaled down with its aspect kept to at most
/// `max_width_px` (16 to 8192) wide and as high. Takes up to 0.2 s for a covered window.
/// Errors: as list_desktop_sources(); InvalidArgument (the id or the width); NotFound; Unavailable
/// (the window is minimized).
STREAMKIT_API Result<VideoFrame> preview_desktop_source(std::string_view id, int max_width_px,
                                                        const std::string& display = {});

}  // namespace streamkit::desktop
