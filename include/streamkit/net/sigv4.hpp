#pragma once

// Split into the two headers below; this one goes with the next release.
#include <streamkit/net/sigv4_sign.hpp>    // IWYU pragma: export
#include <streamkit/net/sigv4_verify.hpp>  // IWYU pragma: export
