#pragma once

#include <filesystem>
#include <stop_token>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <string_view>
#include <vector>

namespace streamkit::worker_tool {

/// As many rows as a contact sheet may have.
inline constexpr std::size_t kMaxSheetRows = 24;

/// "0.5,3,12": seconds from the first picture on. Sorted; without doubles.
/// Errors: InvalidArgument (no numbers, negative ones, more than kMaxSheetRows).
[[nodiscard]] Result<std::vector<MediaTime>> parse_sheet_times(std::string_view text);

/// A picture in RGB, shrunk or enlarged to `width_px` in proportion; `left` to `left + share` of
/// its width only.
[[nodiscard]] media::RgbPicture rgb_of(const VideoFrame& frame, double left, double share,
                                       int width_px);

/// Depth as colours: blue is farthest, then cyan, green, yellow, and red is nearest.
[[nodiscard]] media::RgbPicture false_colour(const DepthMap& depth, int width_px, int height_px);

/// A row for each time: source, depth in false colour, left view, right view, anaglyph. Depth is
/// estimated over the whole video up to the last time, as a conversion does; times beyond the end
/// give no row. Without times: five, even over the duration that the file states, or the first five
/// seconds.
/// Errors: as the reader, the estimator and the renderer; InvalidArgument (no picture at any of the
/// times).
[[nodiscard]] Result<media::RgbPicture> contact_sheet(MediaReader& reader,
                                                      DepthEstimator& estimator,
                                                      stereo::StereoOptions options,
                                                      std::vector<MediaTime> times,
                                                      std::stop_token stop);

}  // namespace streamkit::worker_tool
