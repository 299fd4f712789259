#pragma once

#include <filesystem>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::quality {

/// A place of the upright picture, as shares of its width and height.
struct ToldPlace {
  double x = 0;
  double y = 0;
};

/// Two places of a frame, and which of them is nearer to the camera, told by eye.
struct ToldPair {
  std::string clip;
  double seconds = 0;
  ToldPlace near, far;
};

/// Reads a JSON file: {"pairs": [{"clip": NAME, "seconds": S, "near": [X, Y], "far": [X, Y]}]}.
/// Errors: NotFound; CorruptData.
Result<std::vector<ToldPair>> read_told_pairs(const std::filesystem::path& path);

}  // namespace streamkit::quality
