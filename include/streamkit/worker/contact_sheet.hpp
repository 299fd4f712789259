#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <string>
#include <vector>

namespace streamkit::worker {

/// An image that shows a conversion for inspection: one row for each of several times.
struct STREAMKIT_API ContactSheet {
  media::RgbPicture picture = {};
  /// Names of the columns, from left to right.
  std::vector<std::string> columns = {};
  /// The times that have a row, counted from the first frame.
  std::vector<MediaTime> times = {};
  /// The times that have none, because the video ends before.
  std::vector<MediaTime> missing = {};
  /// Where the last frame read ends; the video's end if `missing` is not empty.
  MediaTime end{0};
};

/// Depth that a sheet shows beside that of the conversion: one of the sources that are fused in it.
struct STREAMKIT_API SheetPart {
  /// The name of its column.
  std::string name = {};
  /// Not null.
  std::unique_ptr<DepthEstimator> estimator = {};
};

/// Creates a sheet with a row for each of `times`, counted from the first frame: source, depth of
/// each of `parts`, depth of `estimator`, left view, right view and anaglyph. Depth is in false
/// colour: blue is farthest, red nearest. Each part sees the same frames as `estimator` and costs
/// its own time. The mode of `options` is ignored. Without times there are five rows, evenly spread
/// over the duration that the file states, or over the first five seconds. Depth is estimated over
/// the whole video up to the last time, as a conversion does. Blocks until then, or until `stop` is
/// requested. Precondition: `times` is sorted. Errors: those of the reader, the estimators and the
/// renderer; InvalidArgument (no frame at any of the times).
STREAMKIT_API Result<ContactSheet> make_contact_sheet(MediaReader& reader,
                                                      DepthEstimator& estimator,
                                                      const stereo::StereoOptions& options,
                                                      std::vector<MediaTime> times = {},
                                                      std::stop_token stop = {},
                                                      std::span<const SheetPart> parts = {});

/// Describes a sheet for people: "3 rows: 0.5 s, 3 s, 12 s", a line that names the columns, and one
/// that names the times beyond the end, if any.
STREAMKIT_API [[nodiscard]] std::string describe(const ContactSheet& sheet);

}  // namespace streamkit::worker
