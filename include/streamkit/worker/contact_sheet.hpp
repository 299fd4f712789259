#pragma once

#include <cstddef>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::worker {

/// The largest number of rows in a contact sheet.
inline constexpr std::size_t kMaxSheetRows = 24;

/// Parses "0.5,3,12", seconds from the first frame on. The result is sorted and has no duplicates.
/// Errors: InvalidArgument (no numbers, negative ones, more than kMaxSheetRows).
STREAMKIT_API Result<std::vector<MediaTime>> parse_sheet_times(std::string_view text);

/// Returns a frame in RGB, scaled to `width_px` in proportion; of its width only `left` to `left +
/// share`.
STREAMKIT_API [[nodiscard]] media::RgbPicture rgb_of(const VideoFrame& frame, double left,
                                                     double share, int width_px);

/// Returns depth as colours: blue is farthest, then cyan, green, yellow, and red is nearest.
STREAMKIT_API [[nodiscard]] media::RgbPicture false_colour(const DepthMap& depth, int width_px,
                                                           int height_px);

/// A frame of several times in rows, for inspection.
struct STREAMKIT_API ContactSheet {
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
STREAMKIT_API Result<ContactSheet> contact_sheet(MediaReader& reader, DepthEstimator& estimator,
                                                 stereo::StereoOptions options,
                                                 std::vector<MediaTime> times,
                                                 std::stop_token stop);

/// Describes a sheet for people: "3 rows: 0.5 s, 3 s, 12 s", and a second line that names the
/// times beyond the end, if any.
STREAMKIT_API [[nodiscard]] std::string describe(const ContactSheet& sheet);

}  // namespace streamkit::worker
