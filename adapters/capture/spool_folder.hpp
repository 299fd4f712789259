#pragma once

#include <filesystem>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// Returns the folder of this user's spools: $XDG_STATE_HOME/streamkit/spool, or
/// ~/.local/state/streamkit/spool. Returns nothing if neither variable is set.
[[nodiscard]] std::optional<std::filesystem::path> default_spool_folder(
    const common::Environment& environment);
/// Returns a folder for a new session below `spools` that is not there yet.
[[nodiscard]] std::filesystem::path new_spool_folder(const std::filesystem::path& spools);

/// What is stored with a spool: how the capture was started.
struct SpoolNote {
  std::filesystem::path working_folder;
  std::vector<std::string> words;

  friend bool operator==(const SpoolNote&, const SpoolNote&) = default;
};
[[nodiscard]] std::string to_text(const SpoolNote& note);
/// Errors: CorruptData.
Result<SpoolNote> parse_spool_note(const std::string& text);

}  // namespace streamkit::capture_tool
