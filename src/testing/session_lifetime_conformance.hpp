#pragma once

#include <streamkit/store/session_store.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {

/// Checks of check_session_store() about the ends of sessions, and about what changes() reports.
void check_session_lifetimes(SessionStore& store, Findings& found);
void check_session_changes(SessionStore& store, Findings& found);

}  // namespace streamkit::testing
