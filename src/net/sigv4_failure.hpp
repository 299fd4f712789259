#pragma once

#include <streamkit/net/sigv4_verify.hpp>
#include <string_view>

namespace streamkit::net::sigv4 {

/// Creates the error of domain "sigv4" that sigv4_failure() reads. `reason` must not contain a
/// secret.
[[nodiscard]] Error refuse(SigV4Failure failure, std::string_view reason);
[[nodiscard]] Error malformed(std::string_view reason);

}  // namespace streamkit::net::sigv4
