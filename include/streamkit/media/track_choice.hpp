#pragma once

#include <streamkit/core/api.hpp>
#include <string>
#include <vector>

namespace streamkit::media {

/// Chooses the tracks of a file. Each choice is a number, 1 for the first track of its kind, or a
/// language as in "en", "eng" or "German". If empty, the best track is taken: one that can be
/// decoded, is not a commentary and not for people with impaired sight or hearing, is marked as
/// default, and has the most pixels or channels, in this order. Cover art is never taken.
struct STREAMKIT_API TrackChoice {
  std::string video = {};
  std::string audio = {};
};

/// Joins descriptions with commas.
STREAMKIT_API [[nodiscard]] std::string join_names(const std::vector<std::string>& names);

}  // namespace streamkit::media
