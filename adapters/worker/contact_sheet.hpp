#pragma once

#include <filesystem>
#include <stop_token>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::worker_tool {

/// As many rows as a contact sheet may have.
inline constexpr std::size_t kMaxSheetRows = 24;

/// "0.5,3,12": seconds from the first picture on. Sorted; without doubles.
/// Errors: InvalidArgument (no numbers, negative ones, more than kMaxSheetRows).
Result<std::vector<MediaTime>> parse_sheet_times(std::string_view text);

/// A picture in RGB, shrunk or enlarged to `width_px` in proportion; `left` to `left + share` of
/// its width only.
[[nodiscard]] media::RgbPicture rgb_of(const VideoFrame& frame, double left, double share,
                                       int width_px);

/// Depth as colours: blue is farthest, then cyan, green, yellow, and red is nearest.
[[nodiscard]] media::RgbPicture false_colour(const DepthMap& depth, int width_px, int height_px);

struct ContactSheet {
  media::RgbPicture picture = {};
  /// The times that have a row, counted from the first frame.
  std::vector<MediaTime> times = {};
  /// The times that have none, because the video ends before.
  std::vector<MediaTime> missing = {};
  /// Where the last frame read ends; the video's end if `missing` is not empty.
  MediaTime end{0};
};

/// Creates a row for each time: source, depth in false colour, left view, right view, anaglyph.
/// Depth is estimated over the whole video up to the last time, as a conversion does. Without
/// times: five, evenly spread over the duration that the file states, or the first five seconds.
/// Errors: as the reader, the estimator and the renderer; InvalidArgument (no frame at any of the
/// times).
Result<ContactSheet> contact_sheet(MediaReader& reader, DepthEstimator& estimator,
                                   stereo::StereoOptions options, std::vector<MediaTime> times,
                                   std::stop_token stop);

/// What a sheet shows, for people: "3 rows: 0.5 s, 3 s, 12 s", and a second line that names the
/// times beyond the end, if any.
[[nodiscard]] std::string describe(const ContactSheet& sheet);

}  // namespace streamkit::worker_tool
