#include "desktop/portal_bus.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>

namespace streamkit::desktop {
namespace {

struct NamedCode {
  std::string_view name;
  ErrorCode code;
};

// Source: the D-Bus specification, "Standard error names", and what GLib sends for a missing
// interface.
constexpr std::array<NamedCode, 10> kCodes = {{
    {SD_BUS_ERROR_SERVICE_UNKNOWN, ErrorCode::NotFound},
    {SD_BUS_ERROR_NAME_HAS_NO_OWNER, ErrorCode::NotFound},
    {"org.freedesktop.DBus.Error.Spawn.ServiceNotFound", ErrorCode::NotFound},
    {SD_BUS_ERROR_UNKNOWN_INTERFACE, ErrorCode::Unsupported},
    {SD_BUS_ERROR_UNKNOWN_METHOD, ErrorCode::Unsupported},
    {SD_BUS_ERROR_UNKNOWN_OBJECT, ErrorCode::Unsupported},
    {SD_BUS_ERROR_INVALID_ARGS, ErrorCode::InvalidArgument},
    {SD_BUS_ERROR_ACCESS_DENIED, ErrorCode::PermissionDenied},
    {SD_BUS_ERROR_NO_REPLY, ErrorCode::Timeout},
    {SD_BUS_ERROR_TIMEOUT, ErrorCode::Timeout},
}};

Error bus_error(const std::string& what, int negative_errno) {
  return {ErrorCode::Unavailable,
          what + ": " + std::generic_category().message(-negative_errno) +
              "; DBUS_SESSION_BUS_ADDRESS names the bus of the user's session",
          "dbus", -negative_errno};
}

/// Where the reply to a call is kept.
struct Reply {
  BusMessagePtr message;

  static int take(sd_bus_message* message, void* user, sd_bus_error*) {
    static_cast<Reply*>(user)->message.reset(sd_bus_message_ref(message));
    return 0;
  }
};

}  // namespace

Error to_error(const sd_bus_error& error) {
  const std::string_view name = error.name == nullptr ? "" : error.name;
  const auto* found = std::find_if(kCodes.begin(), kCodes.end(),
                                   [&](const NamedCode& one) { return one.name == name; });
  const std::string text = error.message == nullptr ? std::string(name) : error.message;
  return {found == kCodes.end() ? ErrorCode::Unavailable : found->code, text, "dbus",
          sd_bus_error_get_errno(&error)};
}

Result<std::unique_ptr<PortalBus>> PortalBus::open() {
  sd_bus* opened = nullptr;
  const int result = sd_bus_open_user_with_description(&opened, "streamkit");
  BusPtr bus(opened);
  if (result < 0) return bus_error("there is no session bus", result);
  const char* name = nullptr;
  const int named = sd_bus_get_unique_name(bus.get(), &name);
  if (named < 0) return bus_error("the session bus gives no name", named);
  // Source: org.freedesktop.portal.Request: without the colon, and "_" for each dot.
  std::string path_name(name + (name[0] == ':' ? 1 : 0));
  std::replace(path_name.begin(), path_name.end(), '.', '_');
  return std::unique_ptr<PortalBus>(new PortalBus(std::move(bus), std::move(path_name)));
}

void PortalBus::process() {
  if (!alive_) return;
  int result = 1;
  while (result > 0) result = sd_bus_process(bus_.get(), nullptr);
  if (result < 0 || sd_bus_is_open(bus_.get()) <= 0) alive_ = false;
}

pollfd PortalBus::descriptor() const {
  if (!alive_) return {-1, 0, 0};
  const int events = sd_bus_get_events(bus_.get());
  return {sd_bus_get_fd(bus_.get()), static_cast<short>(std::max(events, 0)), 0};
}

std::optional<CaptureTime> PortalBus::deadline() const {
  std::uint64_t microseconds = 0;
  if (!alive_ || sd_bus_get_timeout(bus_.get(), &microseconds) < 0) return std::nullopt;
  // Of the monotonic clock, as the steady clock is here.
  if (microseconds >= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 1000) {
    return std::nullopt;
  }
  return CaptureTime(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
}

Result<void> PortalBus::wait_until(const std::function<bool()>& done, const PortalWait& wait) {
  for (;;) {
    process();
    if (done()) return {};
    if (wait.stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (!alive_) return Error{ErrorCode::Unavailable, "the session bus went away"};
    if (std::chrono::steady_clock::now() >= wait.until) {
      return Error{ErrorCode::Timeout, "the desktop portal did not respond in time"};
    }
    const std::array<pollfd, 1> one = {descriptor()};
    wait.wake.wait(one, std::min(wait.until, deadline().value_or(wait.until)));
  }
}

Result<BusMessagePtr> PortalBus::call(BusMessagePtr message, const PortalWait& wait) {
  Reply reply;
  sd_bus_slot* called = nullptr;
  const int sent = sd_bus_call_async(bus_.get(), &called, message.get(), Reply::take, &reply, 0);
  if (sent < 0) return bus_error("the desktop portal cannot be called", sent);
  const BusSlotPtr slot(called);
  const auto arrived = wait_until([&] { return reply.message != nullptr; }, wait);
  if (!arrived) return arrived.error();
  if (const sd_bus_error* error = sd_bus_message_get_error(reply.message.get())) {
    return to_error(*error);
  }
  return std::move(reply.message);
}

}  // namespace streamkit::desktop
