#include "desktop/portal_request.hpp"

#include <atomic>
#include <utility>

namespace streamkit::desktop {
namespace {

constexpr const char* kRequestInterface = "org.freedesktop.portal.Request";

// Source: org.freedesktop.portal.Request, signal Response.
enum Outcome : std::uint32_t { Granted = 0, Declined = 1 };

int keep_signal(sd_bus_message* message, void* user, sd_bus_error*) {
  static_cast<BusMessagePtr*>(user)->reset(sd_bus_message_ref(message));
  return 0;
}

void close_request(PortalBus& bus, const std::string& path) {
  sd_bus_message* created = nullptr;
  if (sd_bus_message_new_method_call(bus.get(), &created, kPortalName, path.c_str(),
                                     kRequestInterface, "Close") < 0) {
    return;
  }
  const BusMessagePtr message(created);
  sd_bus_send(bus.get(), message.get(), nullptr);
  sd_bus_flush(bus.get());
}

Result<BusMessagePtr> granted(BusMessagePtr response) {
  std::uint32_t outcome = 0;
  if (auto read = check_message(sd_bus_message_read(response.get(), "u", &outcome)); !read) {
    return read.error();
  }
  if (outcome == Granted) return response;
  if (outcome == Declined) {
    return Error{ErrorCode::PermissionDenied,
                 "the capture was declined in the dialog of the desktop"};
  }
  return Error{ErrorCode::Unavailable,
               "the desktop portal has ended the request: its dialog could not be shown, or "
               "was closed"};
}

}  // namespace

std::string portal_token() {
  static std::atomic<unsigned> count{0};
  return "streamkit" + std::to_string(++count);
}

Result<void> check_message(int result) {
  if (result >= 0) return {};
  return Error{ErrorCode::Unavailable, "a message of the desktop portal has an unknown form",
               "dbus", -result};
}

Result<BusMessagePtr> portal_call(PortalBus& bus, const char* interface, const char* member,
                                  const std::function<int(sd_bus_message*)>& append) {
  sd_bus_message* created = nullptr;
  const int result = sd_bus_message_new_method_call(bus.get(), &created, kPortalName, kPortalPath,
                                                    interface, member);
  BusMessagePtr message(created);
  if (result >= 0 && append(message.get()) >= 0) return message;
  return Error{ErrorCode::Internal, std::string("a call of ") + member + " cannot be created",
               "dbus", -result};
}

Result<BusMessagePtr> portal_request(
    PortalBus& bus, const char* member,
    const std::function<int(sd_bus_message*, const char* handle_token)>& append,
    const PortalWait& wait) {
  const std::string token = portal_token();
  const std::string path = std::string(kPortalPath) + "/request/" + bus.path_name() + "/" + token;
  // The response may come before the reply to the call, so it is listened for first.
  BusMessagePtr response;
  sd_bus_slot* matched = nullptr;
  const int result = sd_bus_match_signal(bus.get(), &matched, kPortalName, path.c_str(),
                                         kRequestInterface, "Response", keep_signal, &response);
  const BusSlotPtr slot(matched);
  if (auto listening = check_message(result); !listening) return listening.error();
  auto call = portal_call(bus, kScreenCastInterface, member,
                          [&](sd_bus_message* message) { return append(message, token.c_str()); });
  if (!call) return call.error();
  if (const auto reply = bus.call(*std::move(call), wait); !reply) return reply.error();
  const auto arrived = bus.wait_until([&] { return response != nullptr; }, wait);
  if (!arrived) {
    close_request(bus, path);
    return arrived.error();
  }
  return granted(std::move(response));
}

Result<void> read_values(sd_bus_message* message,
                         const std::function<bool(const std::string& key, sd_bus_message*)>& take) {
  int result = sd_bus_message_enter_container(message, 'a', "{sv}");
  while (result >= 0) {
    result = sd_bus_message_enter_container(message, 'e', "sv");
    if (result <= 0) break;
    const char* key = nullptr;
    result = sd_bus_message_read(message, "s", &key);
    if (result < 0) break;
    if (!take(key, message)) result = sd_bus_message_skip(message, "v");
    if (result >= 0) result = sd_bus_message_exit_container(message);
  }
  if (result >= 0) result = sd_bus_message_exit_container(message);
  return check_message(result);
}

bool read_number(sd_bus_message* message, std::uint32_t& number) {
  if (sd_bus_message_verify_type(message, 'v', "u") <= 0) return false;
  return sd_bus_message_read(message, "v", "u", &number) > 0;
}

bool read_text(sd_bus_message* message, std::string& text) {
  for (const char* type : {"s", "o"}) {
    if (sd_bus_message_verify_type(message, 'v', type) <= 0) continue;
    const char* found = nullptr;
    if (sd_bus_message_read(message, "v", type, &found) <= 0) return false;
    text = found;
    return true;
  }
  return false;
}

}  // namespace streamkit::desktop
