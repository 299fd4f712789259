#pragma once

#include <cstddef>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::net {

/// Returns `length` characters of [a-z2-7], each with five bits of randomness from the kernel: 26
/// give an identifier that cannot be guessed, 52 a secret.
/// Errors: Unavailable.
STREAMKIT_API Result<std::string> random_text(std::size_t length);

}  // namespace streamkit::net
