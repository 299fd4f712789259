#pragma once

#include <cstdint>
#include <vector>

namespace streamkit::stereo {

enum class Eye { Left, Right };

/// Turns a row's shifts around: for each position of the eye's row, where in the source row it
/// looks (kSubpixel to the pixel, from 0 to the last pixel). Nearer pixels hide farther ones; what
/// none covers looks at the background beside it.
void invert_shifts(const std::vector<std::int32_t>& shifts, Eye eye,
                   std::vector<std::int32_t>& sources);

/// Reads two luma rows, linearly between pixels. The rows hold one pixel beyond the last.
void sample_luma(const std::vector<std::int32_t>& sources, const std::uint8_t* from0,
                 const std::uint8_t* from1, std::uint8_t* to0, std::uint8_t* to1);

/// Reads the two chroma rows that belong to them. Chroma lies on the even columns of luma.
/// Source: ITU-T H.264, annex E.2.1, chroma_sample_loc_type 0, the default.
void sample_chroma(const std::vector<std::int32_t>& sources, const std::uint8_t* from_u,
                   const std::uint8_t* from_v, std::uint8_t* to_u, std::uint8_t* to_v);

}  // namespace streamkit::stereo
