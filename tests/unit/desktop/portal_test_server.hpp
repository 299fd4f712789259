#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "desktop/portal_handles.hpp"
#include "x_test_server.hpp"

namespace streamkit::desktop {

/// A session bus of the test's own, which DBUS_SESSION_BUS_ADDRESS names while it exists.
class TestBus {
 public:
  /// Fails the test if the bus does not start.
  TestBus();
  ~TestBus();
  TestBus(const TestBus&) = delete;
  TestBus& operator=(const TestBus&) = delete;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<TestProgram> program_;
};

/// A connection to a socket of the file system; -1 if there is none.
[[nodiscard]] int connect_to_socket(const std::string& path);

/// How a PortalTestServer behaves.
struct PortalBehaviour {
  std::uint32_t kinds = 3;
  std::uint32_t cursor_modes = 3;
  std::uint32_t version = 4;
  /// Of a response: 0 granted, 1 refused, 2 ended. Nothing: the user does not answer.
  std::optional<std::uint32_t> answer = 0;
  /// Any token is an error.
  bool rejects_tokens = false;
  /// The stream that is granted, and the socket of its PipeWire; empty: a connection to nothing.
  std::uint32_t node = 42;
  std::string pipewire = {};
};

/// What SelectSources was asked for.
struct PortalChoice {
  std::uint32_t types = 0;
  std::uint32_t cursor_mode = 0;
  std::uint32_t persist_mode = 0;
  std::string restore_token = {};
};

/// A desktop portal whose user answers at once.
/// Its thread reads the behaviour.
class PortalTestServer {
 public:
  explicit PortalTestServer(const PortalBehaviour& behaviour = {});
  ~PortalTestServer();
  PortalTestServer(const PortalTestServer&) = delete;
  PortalTestServer& operator=(const PortalTestServer&) = delete;

  [[nodiscard]] std::vector<PortalChoice> choices() const;
  /// The paths of the requests and sessions that were closed.
  [[nodiscard]] std::vector<std::string> closed() const;
  /// Ends the cast, as if the user had.
  void end_cast() { ends_cast_ = true; }

 private:
  void run(const std::stop_token& stop);
  void send_end();
  int handle(sd_bus_message* call);
  int handle_cast(sd_bus_message* call, const std::string& member);
  int reply_abilities(sd_bus_message* call);
  int select(sd_bus_message* call, const std::string& path);
  void respond(const std::string& path, std::uint32_t answer, const std::string& member);
  static int filter(sd_bus_message* call, void* self, sd_bus_error*);

  const PortalBehaviour behaviour_;
  BusPtr bus_;
  std::string session_;
  std::atomic<bool> ends_cast_ = false;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::vector<PortalChoice> choices_;
  std::vector<std::string> closed_;
  std::jthread thread_;
};

}  // namespace streamkit::desktop
