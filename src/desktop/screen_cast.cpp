#include "desktop/screen_cast.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "desktop/portal_request.hpp"

namespace streamkit::desktop {
namespace {

constexpr const char* kSessionInterface = "org.freedesktop.portal.Session";
constexpr std::uint32_t kUntilRevoked = 2;  // persist_mode

Error without_portal(const Error& error) {
  if (error.code == ErrorCode::NotFound) {
    return {ErrorCode::Unavailable,
            "there is no desktop portal: install xdg-desktop-portal and the part of it for this "
            "desktop, such as xdg-desktop-portal-gnome, -kde or -wlr",
            error.domain, error.native_code};
  }
  if (error.code == ErrorCode::Unsupported || error.code == ErrorCode::InvalidArgument) {
    return {ErrorCode::Unsupported,
            "the desktop portal cannot capture: install the part of it for this desktop, such as "
            "xdg-desktop-portal-gnome, -kde or -wlr, and PipeWire; XDG_CURRENT_DESKTOP must name "
            "the desktop",
            error.domain, error.native_code};
  }
  return error.with_context("the desktop portal");
}

Error without_kind(CastKind kind) {
  return {ErrorCode::NotFound, kind == CastKind::Screen
                                   ? "the portal of this desktop captures no screens"
                                   : "the portal of this desktop captures no windows, only "
                                     "screens: use portal:screen"};
}

int append_option(sd_bus_message* message, const char* name, std::uint32_t value) {
  return sd_bus_message_append(message, "{sv}", name, "u", value);
}

int append_choice(sd_bus_message* message, const CastRequest& request,
                  const CastAbilities& abilities) {
  int result = append_option(message, "types", static_cast<std::uint32_t>(request.kind));
  const CursorMode cursor = request.draw_cursor ? CursorMode::Embedded : CursorMode::Hidden;
  if (result >= 0 && abilities.has(cursor)) {
    result = append_option(message, "cursor_mode", static_cast<std::uint32_t>(cursor));
  }
  if (!abilities.can_restore()) return result;
  if (result >= 0) result = append_option(message, "persist_mode", kUntilRevoked);
  if (result < 0 || request.restore_token.empty()) return result;
  return sd_bus_message_append(message, "{sv}", "restore_token", "s",
                               request.restore_token.c_str());
}

/// Reads the number of the first stream of a(ua{sv}), in a variant.
bool read_node(sd_bus_message* message, std::uint32_t& node) {
  if (sd_bus_message_verify_type(message, 'v', "a(ua{sv})") <= 0) return false;
  bool found = false;
  sd_bus_message_enter_container(message, 'v', "a(ua{sv})");
  sd_bus_message_enter_container(message, 'a', "(ua{sv})");
  while (sd_bus_message_enter_container(message, 'r', "ua{sv}") > 0) {
    std::uint32_t number = 0;
    sd_bus_message_read(message, "u", &number);
    sd_bus_message_skip(message, "a{sv}");
    sd_bus_message_exit_container(message);
    if (!found) node = number;
    found = true;
  }
  sd_bus_message_exit_container(message);
  sd_bus_message_exit_container(message);
  return true;
}

int note_end(sd_bus_message*, void* user, sd_bus_error*) {
  *static_cast<bool*>(user) = true;
  return 0;
}

}  // namespace

Result<CastAbilities> cast_abilities(PortalBus& bus, const PortalWait& wait) {
  auto call = portal_call(bus, "org.freedesktop.DBus.Properties", "GetAll", [](sd_bus_message* m) {
    return sd_bus_message_append(m, "s", kScreenCastInterface);
  });
  if (!call) return call.error();
  const auto reply = bus.call(*std::move(call), wait);
  if (!reply) return without_portal(reply.error());
  CastAbilities abilities;
  const auto read = read_values(reply->get(), [&](const std::string& key, sd_bus_message* message) {
    if (key == "AvailableSourceTypes") return read_number(message, abilities.kinds);
    if (key == "AvailableCursorModes") return read_number(message, abilities.cursor_modes);
    if (key == "version") return read_number(message, abilities.version);
    return false;
  });
  if (!read) return read.error();
  return abilities;
}

Result<std::unique_ptr<ScreenCast>> ScreenCast::start(PortalBus& bus, const CastRequest& request,
                                                      const PortalWait& wait) {
  const auto abilities = cast_abilities(bus, wait);
  if (!abilities) return abilities.error();
  if (!abilities->has(request.kind)) return without_kind(request.kind);
  std::unique_ptr<ScreenCast> cast(new ScreenCast(bus));
  if (auto done = cast->create_session(wait); !done) return done.error();
  if (auto done = cast->select_sources(request, *abilities, wait); !done) {
    if (request.restore_token.empty() || done.error().code == ErrorCode::Cancelled) {
      return done.error();
    }
    // A token of another form than this portal's is an error for it.
    CastRequest without_token = request;
    without_token.restore_token.clear();
    cast.reset();
    return start(bus, without_token, wait);
  }
  if (auto done = cast->ask_user(wait); !done) return done.error();
  if (auto done = cast->open_remote(wait); !done) return done.error();
  return cast;
}

ScreenCast::~ScreenCast() {
  if (session_.empty() || ended_ || !bus_.alive()) return;
  sd_bus_message* created = nullptr;
  if (sd_bus_message_new_method_call(bus_.get(), &created, kPortalName, session_.c_str(),
                                     kSessionInterface, "Close") < 0) {
    return;
  }
  const BusMessagePtr message(created);
  sd_bus_send(bus_.get(), message.get(), nullptr);
  sd_bus_flush(bus_.get());
}

Result<void> ScreenCast::create_session(const PortalWait& wait) {
  const std::string session_token = portal_token();
  auto response = portal_request(
      bus_, "CreateSession",
      [&](sd_bus_message* message, const char* token) {
        return sd_bus_message_append(message, "a{sv}", 2, "handle_token", "s", token,
                                     "session_handle_token", "s", session_token.c_str());
      },
      wait);
  if (!response) return response.error();
  const auto read =
      read_values(response->get(), [&](const std::string& key, sd_bus_message* message) {
        return key == "session_handle" && read_text(message, session_);
      });
  if (!read) return read.error();
  if (sd_bus_object_path_is_valid(session_.c_str()) <= 0) {
    session_.clear();
    return Error{ErrorCode::Unavailable, "the desktop portal has created no session"};
  }
  return watch_session();
}

Result<void> ScreenCast::watch_session() {
  sd_bus_slot* matched = nullptr;
  const int result = sd_bus_match_signal(bus_.get(), &matched, kPortalName, session_.c_str(),
                                         kSessionInterface, "Closed", note_end, &ended_);
  closed_.reset(matched);
  return check_message(result);
}

Result<void> ScreenCast::select_sources(const CastRequest& request, const CastAbilities& abilities,
                                        const PortalWait& wait) {
  const auto response = portal_request(
      bus_, "SelectSources",
      [&](sd_bus_message* message, const char* token) {
        int result = sd_bus_message_append(message, "o", session_.c_str());
        if (result >= 0) result = sd_bus_message_open_container(message, 'a', "{sv}");
        if (result >= 0)
          result = sd_bus_message_append(message, "{sv}", "handle_token", "s", token);
        if (result >= 0) result = append_choice(message, request, abilities);
        return result >= 0 ? sd_bus_message_close_container(message) : result;
      },
      wait);
  if (!response) return response.error();
  return {};
}

Result<void> ScreenCast::ask_user(const PortalWait& wait) {
  const auto response = portal_request(
      bus_, "Start",
      [&](sd_bus_message* message, const char* token) {
        return sd_bus_message_append(message, "osa{sv}", session_.c_str(), "", 1, "handle_token",
                                     "s", token);
      },
      wait);
  if (!response) return response.error();
  bool has_node = false;
  const auto read =
      read_values(response->get(), [&](const std::string& key, sd_bus_message* message) {
        if (key == "streams") return has_node = read_node(message, node_);
        return key == "restore_token" && read_text(message, restore_token_);
      });
  if (!read) return read.error();
  if (!has_node) return Error{ErrorCode::Unavailable, "the desktop portal has given no stream"};
  return {};
}

Result<void> ScreenCast::open_remote(const PortalWait& wait) {
  auto call =
      portal_call(bus_, kScreenCastInterface, "OpenPipeWireRemote", [&](sd_bus_message* message) {
        return sd_bus_message_append(message, "oa{sv}", session_.c_str(), 0);
      });
  if (!call) return call.error();
  const auto reply = bus_.call(*std::move(call), wait);
  if (!reply) return reply.error().with_context("PipeWire through the desktop portal");
  int descriptor = -1;  // it is the message's
  if (auto read = check_message(sd_bus_message_read(reply->get(), "h", &descriptor)); !read) {
    return read;
  }
  remote_ = FileDescriptor(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
  if (remote_.get() >= 0) return {};
  return Error{ErrorCode::ResourceExhausted, "no file descriptor is left", "posix", errno};
}

}  // namespace streamkit::desktop
