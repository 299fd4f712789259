#include <streamkit/core/file_descriptor.hpp>

#include "portal_test_server.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>

#include "desktop/portal_request.hpp"

namespace streamkit::desktop {
namespace {

constexpr const char* kBusConfig = R"(<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
)";

constexpr std::uint64_t kStepMicroseconds = 20'000;

/// Reads the dictionary of options, and returns its `handle_token`.
std::string read_options(sd_bus_message* call, PortalChoice* choice) {
  std::string token;
  const auto read = read_values(call, [&](const std::string& key, sd_bus_message* message) {
    if (key == "handle_token") return read_text(message, token);
    if (choice == nullptr) return false;
    if (key == "types") return read_number(message, choice->types);
    if (key == "cursor_mode") return read_number(message, choice->cursor_mode);
    if (key == "persist_mode") return read_number(message, choice->persist_mode);
    return key == "restore_token" && read_text(message, choice->restore_token);
  });
  EXPECT_TRUE(read);
  return token;
}

std::string path_of(const std::string& kind, const std::string& sender, const std::string& name) {
  std::string path = kPortalPath;
  for (const std::string& part : {kind, sender, name}) path.append("/").append(part);
  return path;
}

}  // namespace

int connect_to_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  FileDescriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  return connect(connection.get(), plain, sizeof(address)) == 0 ? connection.release() : -1;
}

TestBus::TestBus() {
  std::string folder = (std::filesystem::temp_directory_path() / "streamkit-bus-XXXXXX").string();
  if (::mkdtemp(folder.data()) != nullptr) folder_ = folder;
  const std::string socket = (folder_ / "bus").string();
  std::string config = kBusConfig;
  config.replace(config.find("SOCKET"), 6, socket);
  std::ofstream(folder_ / "config") << config;
  program_ = std::make_unique<TestProgram>(std::vector<std::string>{
      "dbus-daemon", "--config-file=" + (folder_ / "config").string(), "--nofork", "--nopidfile"});
  ::setenv("DBUS_SESSION_BUS_ADDRESS", ("unix:path=" + socket).c_str(), 1);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (PortalBus::open()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ADD_FAILURE() << "dbus-daemon does not start; scripts/packages.sh names its package";
}

TestBus::~TestBus() {
  program_.reset();
  ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

PortalTestServer::PortalTestServer(const PortalBehaviour& behaviour) : behaviour_(behaviour) {
  sd_bus* opened = nullptr;
  EXPECT_GE(sd_bus_open_user(&opened), 0);
  bus_.reset(opened);
  EXPECT_GE(sd_bus_add_filter(bus_.get(), nullptr, filter, this), 0);
  EXPECT_GE(sd_bus_request_name(bus_.get(), kPortalName, 0), 0);
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

PortalTestServer::~PortalTestServer() {
  thread_.request_stop();
  thread_.join();
}

std::vector<PortalChoice> PortalTestServer::choices() const {
  const std::lock_guard lock(mutex_);
  return choices_;
}

std::vector<std::string> PortalTestServer::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void PortalTestServer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    while (sd_bus_process(bus_.get(), nullptr) > 0) continue;
    if (ends_cast_.exchange(false)) send_end();
    sd_bus_wait(bus_.get(), kStepMicroseconds);
  }
}

void PortalTestServer::send_end() {
  EXPECT_GE(sd_bus_emit_signal(bus_.get(), session_.c_str(), "org.freedesktop.portal.Session",
                               "Closed", "a{sv}", 0),
            0);
}

int PortalTestServer::filter(sd_bus_message* call, void* self, sd_bus_error*) {
  std::uint8_t type = 0;
  sd_bus_message_get_type(call, &type);
  if (type != SD_BUS_MESSAGE_METHOD_CALL) return 0;
  return static_cast<PortalTestServer*>(self)->handle(call);
}

int PortalTestServer::handle(sd_bus_message* call) {
  const std::string member = sd_bus_message_get_member(call);
  if (member == "GetAll") return reply_abilities(call);
  if (member == "Close") {
    const std::lock_guard lock(mutex_);
    closed_.emplace_back(sd_bus_message_get_path(call));
    return sd_bus_reply_method_return(call, "");
  }
  const char* interface = sd_bus_message_get_interface(call);
  if (interface == nullptr || std::string(interface) != kScreenCastInterface) return 0;
  return handle_cast(call, member);
}

int PortalTestServer::reply_abilities(sd_bus_message* call) {
  if (behaviour_.version == 0) {
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_INVALID_ARGS, "No such interface");
  }
  return sd_bus_reply_method_return(call, "a{sv}", 3, "AvailableSourceTypes", "u", behaviour_.kinds,
                                    "AvailableCursorModes", "u", behaviour_.cursor_modes, "version",
                                    "u", behaviour_.version);
}

int PortalTestServer::handle_cast(sd_bus_message* call, const std::string& member) {
  if (member == "OpenPipeWireRemote") {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const FileDescriptor one(behaviour_.pipewire.empty() ? ends[0]
                                                         : connect_to_socket(behaviour_.pipewire));
    const FileDescriptor other(ends[1]);
    return sd_bus_reply_method_return(call, "h", one.get());
  }
  PortalChoice choice;
  if (member != "CreateSession") sd_bus_message_skip(call, "o");
  if (member == "Start") sd_bus_message_skip(call, "s");
  const std::string token = read_options(call, &choice);
  std::string sender = sd_bus_message_get_sender(call) + 1;
  std::replace(sender.begin(), sender.end(), '.', '_');
  const std::string path = path_of("request", sender, token);
  session_ = path_of("session", sender, "one");
  if (member == "SelectSources") {
    const std::lock_guard lock(mutex_);
    choices_.push_back(choice);
    if (behaviour_.rejects_tokens && !choice.restore_token.empty()) {
      return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_INVALID_ARGS, "no valid token");
    }
  }
  const int replied = sd_bus_reply_method_return(call, "o", path.c_str());
  if (member != "Start") respond(path, 0, member);
  if (member == "Start" && behaviour_.answer) respond(path, *behaviour_.answer, member);
  return replied;
}

void PortalTestServer::respond(const std::string& path, std::uint32_t answer,
                               const std::string& member) {
  sd_bus_message* created = nullptr;
  sd_bus_message_new_signal(bus_.get(), &created, path.c_str(), "org.freedesktop.portal.Request",
                            "Response");
  const BusMessagePtr signal(created);
  sd_bus_message_append(signal.get(), "u", answer);
  if (member == "CreateSession") {
    sd_bus_message_append(signal.get(), "a{sv}", 1, "session_handle", "s", session_.c_str());
  } else if (member == "Start" && answer == 0) {
    sd_bus_message_append(signal.get(), "a{sv}", 2, "streams", "a(ua{sv})", 1, behaviour_.node, 1,
                          "id", "s", "x", "restore_token", "s", "next-token");
  } else {
    sd_bus_message_append(signal.get(), "a{sv}", 0);
  }
  sd_bus_send(bus_.get(), signal.get(), nullptr);
}

}  // namespace streamkit::desktop
