#pragma once

#include <streamkit/store/session_store.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {

/// The parts of check_session_store() about sessions' ends, and about what changes() tells.
void check_session_lifetimes(SessionStore& store, Findings& found);
void check_session_changes(SessionStore& store, Findings& found);

}  // namespace streamkit::testing
