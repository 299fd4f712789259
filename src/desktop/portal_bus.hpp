#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "desktop/portal_handles.hpp"
#include "desktop/wake_descriptor.hpp"

namespace streamkit::desktop {

/// What ends a wait early. `wake` is woken when `stop` is requested.
struct PortalWait {
  const std::stop_token& stop;
  const WakeDescriptor& wake;
  CaptureTime until = {};
};

/// A connection to the session bus of the user. It has no thread: whoever waits drives it.
/// Thread-safety: one thread at a time.
class PortalBus {
 public:
  /// Errors: Unavailable (there is no session bus).
  static Result<std::unique_ptr<PortalBus>> open();

  [[nodiscard]] sd_bus* get() const noexcept { return bus_.get(); }
  /// The name of this connection as it is part of the paths of its requests, as in "1_42".
  [[nodiscard]] const std::string& path_name() const noexcept { return path_name_; }
  /// False after the bus has gone away.
  [[nodiscard]] bool alive() const noexcept { return alive_; }

  /// Handles what has arrived. Does not block.
  void process();
  /// The descriptor to wait for, and when to call process() without anything to read.
  [[nodiscard]] pollfd descriptor() const;
  [[nodiscard]] std::optional<CaptureTime> deadline() const;

  /// Processes until `done()`. Errors: Cancelled; Timeout; Unavailable (the bus went away).
  Result<void> wait_until(const std::function<bool()>& done, const PortalWait& wait);
  /// Sends a method call and waits for the reply to it.
  /// Errors: as above; those that to_error() returns for an error as reply.
  Result<BusMessagePtr> call(BusMessagePtr message, const PortalWait& wait);

 private:
  PortalBus(BusPtr bus, std::string path_name)
      : bus_(std::move(bus)), path_name_(std::move(path_name)) {}

  const BusPtr bus_;
  const std::string path_name_;
  bool alive_ = true;
};

/// Returns the error for an error of D-Bus: Unavailable (the service is not there), Unsupported (it
/// has no such interface), Timeout, PermissionDenied, InvalidArgument, else Unavailable.
[[nodiscard]] Error to_error(const sd_bus_error& error);

}  // namespace streamkit::desktop
