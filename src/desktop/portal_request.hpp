#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "desktop/portal_bus.hpp"

namespace streamkit::desktop {

inline constexpr const char* kPortalName = "org.freedesktop.portal.Desktop";
inline constexpr const char* kPortalPath = "/org/freedesktop/portal/desktop";
inline constexpr const char* kScreenCastInterface = "org.freedesktop.portal.ScreenCast";

/// Returns a name that this process has not given to a request or session yet.
[[nodiscard]] std::string portal_token();

/// Returns an error if a function of sd-bus that builds or reads a message has failed.
Result<void> check_message(int result);

/// Creates a call of a method of the portal; `append` adds its arguments and returns what sd-bus
/// returned. Errors: Internal.
Result<BusMessagePtr> portal_call(PortalBus& bus, const char* interface, const char* member,
                                  const std::function<int(sd_bus_message*)>& append);

/// Calls a method of ScreenCast that asks for something, and waits for the response, which may be
/// the user's. `append` adds the arguments, among them `handle_token`. Returns the signal Response,
/// read up to its results. Errors: PermissionDenied (the user declined); Unavailable; Timeout;
/// Cancelled. After the last two the request is closed.
Result<BusMessagePtr> portal_request(
    PortalBus& bus, const char* member,
    const std::function<int(sd_bus_message*, const char* handle_token)>& append,
    const PortalWait& wait);

/// Reads a dictionary of variants: calls `take` for each key with the message at the value, which
/// `take` reads and returns true, or leaves and returns false. Errors: Unavailable (the message has
/// another form).
Result<void> read_values(sd_bus_message* message,
                         const std::function<bool(const std::string& key, sd_bus_message*)>& take);

/// Reads a variant that holds a number of 32 bits; false if it holds something else.
bool read_number(sd_bus_message* message, std::uint32_t& number);
/// Reads a variant that holds a text or a path; false if it holds something else.
bool read_text(sd_bus_message* message, std::string& text);

}  // namespace streamkit::desktop
