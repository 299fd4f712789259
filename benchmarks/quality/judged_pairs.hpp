#pragma once

#include <filesystem>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::quality {

/// A place of the upright frame, as shares of its width and height.
struct JudgedPlace {
  double x = 0;
  double y = 0;
};

/// Two places of a frame, and which of them is nearer to the camera, judged by eye.
struct JudgedPair {
  std::string clip;
  double seconds = 0;
  JudgedPlace near, far;
  /// What is at the two places; may be empty.
  std::string why = {};
};

/// Reads a JSON file: {"pairs": [{"clip": NAME, "seconds": S, "near": [X, Y], "far": [X, Y], "why":
/// TEXT}]}; "why" is optional.
/// Errors: NotFound; CorruptData.
Result<std::vector<JudgedPair>> read_judged_pairs(const std::filesystem::path& path);

}  // namespace streamkit::quality
