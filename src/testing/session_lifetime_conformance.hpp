#pragma once

#include <streamkit/core/session_store.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {

/// The half of check_session_store() that is about sessions' ends and changes.
void check_session_lifetimes(SessionStore& store, Findings& found);

/// An id that no other session has.
[[nodiscard]] std::string random_session_id();

}  // namespace streamkit::testing
