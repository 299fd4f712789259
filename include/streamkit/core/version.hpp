#pragma once

#include <streamkit/core/api.hpp>
#include <string_view>

/// The version of these headers. CMake reads the project's version from these three lines.
/// Until 1.0 a new minor version may break source and binary compatibility.
#define STREAMKIT_VERSION_MAJOR 0
#define STREAMKIT_VERSION_MINOR 1
#define STREAMKIT_VERSION_PATCH 0

#define STREAMKIT_VERSION_TEXT_OF(number) #number
#define STREAMKIT_VERSION_JOIN(major, minor, patch) \
  STREAMKIT_VERSION_TEXT_OF(major)                  \
  "." STREAMKIT_VERSION_TEXT_OF(minor) "." STREAMKIT_VERSION_TEXT_OF(patch)
/// The same as a string literal, "0.1.0".
#define STREAMKIT_VERSION \
  STREAMKIT_VERSION_JOIN(STREAMKIT_VERSION_MAJOR, STREAMKIT_VERSION_MINOR, STREAMKIT_VERSION_PATCH)

namespace streamkit {

/// Returns the version of the linked library, as in "0.1.0". Differs from STREAMKIT_VERSION if a
/// program runs with another shared library than the one it was compiled for.
STREAMKIT_API [[nodiscard]] std::string_view version() noexcept;

}  // namespace streamkit
