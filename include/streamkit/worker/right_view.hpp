#pragma once

#include <filesystem>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/view_synthesizer.hpp>

namespace streamkit::worker {

/// Reads the measured disparity of a left image: a Portable FloatMap (.pfm) in pixels, or else a
/// 16-bit grey image in 1/64 pixel.
/// Errors: those of media::read_float_map() and media::read_gray16_picture().
STREAMKIT_API Result<stereo::DisparityMap> read_disparity(const std::filesystem::path& file);

/// Renders the right view of a left image in memory, see stereo::synthesize_right_view().
/// Precondition: sides from 1 to 16384 px, and planes of that size.
/// Errors: those of stereo::synthesize_right_view().
STREAMKIT_API Result<media::RgbPicture> render_right_view(
    const media::RgbPicture& left, const stereo::DisparityMap& disparity,
    const stereo::SynthesisOptions& options = {});

}  // namespace streamkit::worker
