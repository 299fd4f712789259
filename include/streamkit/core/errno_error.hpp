#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <string_view>

namespace streamkit {

/// Returns the error of a system call that failed with `number`, a value of `errno`. Its message is
/// "action: " and the system's description; `number` is kept in `native_code`, of the domain
/// "errno".
STREAMKIT_API [[nodiscard]] Error errno_error(int number, std::string_view action);

/// Returns whether an error of errno_error() means that a path does not lead to an entry of the
/// expected kind: it does not exist, or it is a symbolic link that is not followed, a folder
/// instead of a file, or a file instead of a folder.
STREAMKIT_API [[nodiscard]] bool is_absent(const Error& error) noexcept;

}  // namespace streamkit
