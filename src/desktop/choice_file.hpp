#pragma once

#include <filesystem>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit::desktop {

/// Returns the token in a file; empty if there is none, or what is there is not a token.
[[nodiscard]] std::string read_choice(const std::filesystem::path& file);

/// Replaces the file, which only its owner can read; its folder is created if missing.
/// Errors: PermissionDenied; ResourceExhausted; Unavailable.
Result<void> write_choice(const std::filesystem::path& file, std::string_view token);

}  // namespace streamkit::desktop
