#include "x_test_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/randr.h>
#include <xcb/xcb.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace streamkit::desktop {
namespace {

std::string read_line(int file) {
  std::string line;
  char character = 0;
  pollfd waiting{file, POLLIN, 0};
  while (poll(&waiting, 1, 60'000) > 0 && read(file, &character, 1) == 1) {
    if (character == '\n') return line;
    line += character;
  }
  throw std::runtime_error("Xvfb did not start; scripts/packages.sh names its package");
}

// A display that no test beside this one takes while a server is down.
std::string own_display() {
  static int servers = 0;
  constexpr int kFirst = 1000;
  constexpr int kProcesses = 5000;
  constexpr int kEach = 10;
  return ":" + std::to_string(kFirst + getpid() % kProcesses * kEach + servers++ % kEach);
}

}  // namespace

TestProgram::TestProgram(const std::vector<std::string>& command, int kept_file) {
  std::vector<char*> arguments;
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  if (kept_file >= 0) posix_spawn_file_actions_adddup2(&actions, kept_file, 3);
  const int failure =
      posix_spawnp(&pid_, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    pid_ = 0;
    throw std::runtime_error(command.front() +
                             " cannot be run; scripts/packages.sh names its package");
  }
}

void TestProgram::end() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

TestServer::TestServer(const std::string& display) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  std::vector<std::string> command = {"Xvfb", display.empty() ? own_display() : display};
  // Without -noreset the server would forget everything when its last client goes.
  for (const char* part :
       {"-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"}) {
    command.emplace_back(part);
  }
  program_ = std::make_unique<TestProgram>(command, ends[1]);
  ::close(ends[1]);
  display_ = ":" + read_line(ends[0]);
  ::close(ends[0]);
}

TestClient::TestClient(const TestServer& server)
    : connection_(xcb_connect(server.display().c_str(), nullptr)) {
  if (xcb_connection_has_error(connection_) != 0) throw std::runtime_error("no connection");
  screen_ = xcb_setup_roots_iterator(xcb_get_setup(connection_)).data;
}

TestClient::~TestClient() { xcb_disconnect(connection_); }

std::uint32_t TestClient::atom(const std::string& name) {
  const auto cookie =
      xcb_intern_atom(connection_, 0, static_cast<std::uint16_t>(name.size()), name.data());
  xcb_intern_atom_reply_t* reply = xcb_intern_atom_reply(connection_, cookie, nullptr);
  const std::uint32_t value = reply != nullptr ? reply->atom : 0;
  std::free(reply);
  return value;
}

void TestClient::set_text(std::uint32_t window, std::uint32_t property, std::uint32_t type,
                          const std::string& text) {
  xcb_change_property(connection_, XCB_PROP_MODE_REPLACE, window, property, type, 8,
                      static_cast<std::uint32_t>(text.size()), text.data());
}

std::uint32_t TestClient::show(const Place& place, std::uint32_t color, const std::string& title,
                               const std::string& application) {
  const std::uint32_t window = xcb_generate_id(connection_);
  const std::array<std::uint32_t, 1> values = {color};
  xcb_create_window(connection_, XCB_COPY_FROM_PARENT, window, screen_->root,
                    static_cast<std::int16_t>(place.x), static_cast<std::int16_t>(place.y),
                    static_cast<std::uint16_t>(place.width),
                    static_cast<std::uint16_t>(place.height), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                    screen_->root_visual, XCB_CW_BACK_PIXEL, values.data());
  set_title(window, title);
  if (!application.empty()) {
    set_text(window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING,
             "instance" + std::string(1, '\0') + application + std::string(1, '\0'));
  }
  xcb_map_window(connection_, window);
  sync();
  return window;
}

void TestClient::set_title(std::uint32_t window, const std::string& title) {
  set_text(window, atom("_NET_WM_NAME"), atom("UTF8_STRING"), title);
  sync();
}

void TestClient::paint(std::uint32_t window, const Place& place, std::uint32_t color) {
  const xcb_gcontext_t context = xcb_generate_id(connection_);
  xcb_create_gc(connection_, context, window, XCB_GC_FOREGROUND, &color);
  const xcb_rectangle_t rectangle = {
      static_cast<std::int16_t>(place.x), static_cast<std::int16_t>(place.y),
      static_cast<std::uint16_t>(place.width), static_cast<std::uint16_t>(place.height)};
  xcb_poly_fill_rectangle(connection_, window, context, 1, &rectangle);
  xcb_free_gc(connection_, context);
  sync();
}

void TestClient::resize(std::uint32_t window, int width, int height) {
  const std::array<std::uint32_t, 2> values = {static_cast<std::uint32_t>(width),
                                               static_cast<std::uint32_t>(height)};
  xcb_configure_window(connection_, window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
                       values.data());
  sync();
}

void TestClient::raise(std::uint32_t window) {
  const std::uint32_t mode = XCB_STACK_MODE_ABOVE;
  xcb_configure_window(connection_, window, XCB_CONFIG_WINDOW_STACK_MODE, &mode);
  sync();
}

void TestClient::lower(std::uint32_t window) {
  const std::uint32_t mode = XCB_STACK_MODE_BELOW;
  xcb_configure_window(connection_, window, XCB_CONFIG_WINDOW_STACK_MODE, &mode);
  sync();
}

void TestClient::unmap(std::uint32_t window) {
  xcb_unmap_window(connection_, window);
  sync();
}

void TestClient::map(std::uint32_t window) {
  xcb_map_window(connection_, window);
  sync();
}

void TestClient::iconify(std::uint32_t window) {
  xcb_client_message_event_t event{};
  event.response_type = XCB_CLIENT_MESSAGE;
  event.format = 32;
  event.window = window;
  event.type = atom("WM_CHANGE_STATE");
  event.data.data32[0] = 3;  // IconicState. Source: ICCCM 4.1.4
  xcb_send_event(connection_, 0, screen_->root,
                 XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY,
                 reinterpret_cast<const char*>(&event));
  sync();
}

void TestClient::close(std::uint32_t window) {
  xcb_destroy_window(connection_, window);
  sync();
}

void TestClient::set_pointer(std::uint32_t window, std::uint32_t color) {
  const xcb_pixmap_t shape = xcb_generate_id(connection_);
  xcb_create_pixmap(connection_, 1, shape, screen_->root, 16, 16);
  const xcb_gcontext_t context = xcb_generate_id(connection_);
  const std::uint32_t one = 1;
  xcb_create_gc(connection_, context, shape, XCB_GC_FOREGROUND, &one);
  const xcb_rectangle_t all = {0, 0, 16, 16};
  xcb_poly_fill_rectangle(connection_, shape, context, 1, &all);
  const auto part = [&](int shift) {
    return static_cast<std::uint16_t>(((color >> shift) & 0xff) * 257);
  };
  const xcb_cursor_t cursor = xcb_generate_id(connection_);
  xcb_create_cursor(connection_, cursor, shape, shape, part(16), part(8), part(0), 0, 0, 0, 0, 0);
  xcb_change_window_attributes(connection_, window, XCB_CW_CURSOR, &cursor);
  sync();
}

void TestClient::move_pointer(int x, int y) {
  xcb_warp_pointer(connection_, XCB_NONE, screen_->root, 0, 0, 0, 0, static_cast<std::int16_t>(x),
                   static_cast<std::int16_t>(y));
  sync();
}

bool TestClient::resize_screen(int width, int height) {
  auto* resources = xcb_randr_get_screen_resources_reply(
      connection_, xcb_randr_get_screen_resources(connection_, screen_->root), nullptr);
  if (resources == nullptr || resources->num_crtcs == 0 || resources->num_outputs == 0)
    return false;
  const xcb_randr_crtc_t crtc = xcb_randr_get_screen_resources_crtcs(resources)[0];
  const xcb_randr_output_t output = xcb_randr_get_screen_resources_outputs(resources)[0];
  const xcb_timestamp_t time = resources->config_timestamp;
  std::free(resources);
  xcb_randr_mode_info_t mode{};
  mode.width = static_cast<std::uint16_t>(width);
  mode.height = static_cast<std::uint16_t>(height);
  mode.name_len = 4;
  auto* created = xcb_randr_create_mode_reply(
      connection_, xcb_randr_create_mode(connection_, screen_->root, mode, 4, "test"), nullptr);
  if (created == nullptr) return false;
  xcb_randr_add_output_mode(connection_, output, created->mode);
  auto* configured = xcb_randr_set_crtc_config_reply(
      connection_,
      xcb_randr_set_crtc_config(connection_, crtc, XCB_CURRENT_TIME, time, 0, 0, created->mode,
                                XCB_RANDR_ROTATION_ROTATE_0, 1, &output),
      nullptr);
  const bool done = configured != nullptr && configured->status == XCB_RANDR_SET_CONFIG_SUCCESS;
  std::free(configured);
  std::free(created);
  xcb_randr_set_screen_size(connection_, screen_->root, mode.width, mode.height, 100, 100);
  sync();
  return done;
}

void TestClient::sync() {
  std::free(xcb_get_input_focus_reply(connection_, xcb_get_input_focus(connection_), nullptr));
}

bool TestClient::is_managed(std::uint32_t window) {
  auto* reply = xcb_get_property_reply(
      connection_,
      xcb_get_property(connection_, 0, window, atom("WM_STATE"), XCB_GET_PROPERTY_TYPE_ANY, 0, 2),
      nullptr);
  const bool managed = reply != nullptr && reply->value_len > 0;
  std::free(reply);
  return managed;
}

}  // namespace streamkit::desktop
