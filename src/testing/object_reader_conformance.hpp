#pragma once

#include <streamkit/store/object_store.hpp>
#include <string>

#include "testing/findings.hpp"

namespace streamkit::testing {

/// The part of check_object_store() about open(); works below `root`, which ends with a slash.
void check_object_readers(ObjectStore& store, const std::string& root, Findings& found);

}  // namespace streamkit::testing
