#pragma once

#include "stereo/view_packing.hpp"

namespace streamkit::stereo {

[[nodiscard]] bool is_anaglyph(StereoMode mode);

/// Mixes two views to a red-cyan anaglyph with the matrix and range of the views. Equal grey views
/// give the same grey. Precondition: is_anaglyph(mode). Sources: E. Dubois, "A projection method to
/// generate anaglyph stereo images", ICASSP 2001 (in linear light, gamma 2); P. Wimmer, "Anaglyph
/// methods comparison", 3dtv.at (the others).
void mix_anaglyph(StereoMode mode, const ViewPlanes& left, const ViewPlanes& right,
                  const WritableFrame& out);

}  // namespace streamkit::stereo
