#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct xcb_connection_t;
struct xcb_screen_t;

namespace streamkit::desktop {

/// A program that is ended with this object.
class TestProgram {
 public:
  /// Files stay open in the program from `kept_file` on.
  TestProgram(const std::vector<std::string>& command, int kept_file = -1);
  ~TestProgram() { end(); }
  TestProgram(const TestProgram&) = delete;
  TestProgram& operator=(const TestProgram&) = delete;
  void end();

 private:
  pid_t pid_ = 0;
};

/// An X server without a screen (Xvfb), 640x480 on the first free display.
class TestServer {
 public:
  /// On this display, as ":7"; empty: a free one.
  explicit TestServer(const std::string& display = {});
  [[nodiscard]] const std::string& display() const noexcept { return display_; }
  void end() { program_->end(); }

 private:
  std::string display_;
  std::unique_ptr<TestProgram> program_;
};

/// A program with windows of plain colours.
class TestClient {
 public:
  explicit TestClient(const TestServer& server);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  struct Place {
    int x = 0, y = 0, width = 100, height = 100;
  };
  /// Creates and shows a window of this colour, 0xRRGGBB.
  std::uint32_t show(const Place& place, std::uint32_t color, const std::string& title = "test",
                     const std::string& application = "Tester");
  /// Paints a rectangle of a window.
  void paint(std::uint32_t window, const Place& place, std::uint32_t color);
  void resize(std::uint32_t window, int width, int height);
  void raise(std::uint32_t window);
  void lower(std::uint32_t window);
  void unmap(std::uint32_t window);
  void map(std::uint32_t window);
  void iconify(std::uint32_t window);
  void close(std::uint32_t window);
  void set_title(std::uint32_t window, const std::string& title);
  /// Gives the window a pointer of 16x16 pixels of this colour, with its hot spot in the corner.
  void set_pointer(std::uint32_t window, std::uint32_t color);
  void move_pointer(int x, int y);
  /// Gives the screen another, smaller size. False: the server cannot.
  bool resize_screen(int width, int height);
  /// Waits until the server has done all that was asked for.
  void sync();
  /// Whether a window manager has taken charge of the window.
  [[nodiscard]] bool is_managed(std::uint32_t window);
  [[nodiscard]] xcb_connection_t* connection() const noexcept { return connection_; }

 private:
  std::uint32_t atom(const std::string& name);
  void set_text(std::uint32_t window, std::uint32_t property, std::uint32_t type,
                const std::string& text);

  xcb_connection_t* connection_ = nullptr;
  const xcb_screen_t* screen_ = nullptr;
};

}  // namespace streamkit::desktop
