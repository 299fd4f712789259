#pragma once

#include <cstddef>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::net {

/// `length` characters of [a-z2-7], five bits of the kernel's randomness each: 26 make an
/// identifier that nobody guesses, 52 a secret. Errors: Unavailable.
STREAMKIT_API [[nodiscard]] Result<std::string> random_text(std::size_t length);

}  // namespace streamkit::net
