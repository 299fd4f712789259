#pragma once

#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>

#include "testing/findings.hpp"

namespace streamkit::testing {

/// The part of check_stream_records() about changes().
void check_stream_changes(StreamRecords& records, SessionStore& sessions, Findings& found);

}  // namespace streamkit::testing
