#pragma once

#include <memory>
#include <string>

namespace streamkit {

/// Text that many readers share without copying it. Null means empty.
using SharedText = std::shared_ptr<const std::string>;

}  // namespace streamkit
