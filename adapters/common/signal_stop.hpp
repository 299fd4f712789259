#pragma once

#include <memory>
#include <streamkit/core/result.hpp>
#include <streamkit/core/signal_stop.hpp>

namespace streamkit::common {

/// Creates a streamkit::SignalStop for the commands that expect a Result.
struct SignalStop {
  static Result<std::unique_ptr<streamkit::SignalStop>> create() {
    return std::make_unique<streamkit::SignalStop>();
  }
};

}  // namespace streamkit::common
