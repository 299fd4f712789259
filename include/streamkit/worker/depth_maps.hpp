#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::worker {

/// Returns the file for the depth map of frame `number`, counted from 0. `out` is a .png for the
/// only frame; a name with one %d or %0Nd (N from 1 to 9) for the number; or, with `is_folder`, a
/// folder for depth_000000.png and so on.
/// Errors: InvalidArgument (not a .png, another % in the name); AlreadyExists (a second frame for
/// one file).
STREAMKIT_API Result<std::filesystem::path> depth_map_path(const std::filesystem::path& out,
                                                           bool is_folder, std::uint64_t number);

/// Writes the depth of each frame of `reader`, of the first `max_frames` unless that is 0, into the
/// file that `path_of` returns for its number: a 16-bit grey PNG of relative inverse depth, 65535
/// nearest, at the size of the frame. Existing files are replaced. Returns the number of maps.
/// Blocks until the last one is written or `stop` is requested.
/// Errors: those of the reader, of `path_of`, of the estimator and of media::write_png();
/// CorruptData (the video has no frame).
STREAMKIT_API Result<std::uint64_t> write_depth_maps(
    MediaReader& reader, DepthEstimator& estimator,
    const std::function<Result<std::filesystem::path>(std::uint64_t number)>& path_of,
    std::uint64_t max_frames = 0, std::stop_token stop = {});

}  // namespace streamkit::worker
