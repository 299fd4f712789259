#pragma once

#include "stereo/view_packing.hpp"

namespace streamkit::stereo {

/// Red-cyan anaglyph of two views, in linear light (gamma 2), with the views' matrix and range.
/// Equal grey views give that grey. Source: E. Dubois, "A projection method to generate anaglyph
/// stereo images", ICASSP 2001.
void mix_dubois(const ViewPlanes& left, const ViewPlanes& right, const WritableFrame& out);

}  // namespace streamkit::stereo
