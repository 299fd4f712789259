#pragma once

#include <iosfwd>
#include <streamkit/store/dead_letters.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::worker_tool {

enum class DeadLetterAction { List, Retry, Purge };

/// Applies the action to the dead letter `id`, or to all existing ones if `id` is "all" or empty.
/// List prints each as one JSON object per line; the other actions print the number of dead
/// letters.
/// Errors: NotFound (id); InvalidArgument (Retry and Purge without an id).
Result<void> handle_dead_letters(DeadLetters& letters, DeadLetterAction action, std::string_view id,
                                 std::ostream& out);

/// Runs `streamkit-worker dead-letters list|retry|purge [ID|all]`. Returns the exit code.
int run_dead_letters(const std::vector<std::string>& words);

}  // namespace streamkit::worker_tool
