#pragma once

// Split into the two headers below; this one is removed after the next release.
#include <streamkit/net/sigv4_sign.hpp>    // IWYU pragma: export
#include <streamkit/net/sigv4_verify.hpp>  // IWYU pragma: export
