#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "desktop/pipewire_handles.hpp"
#include "desktop/stream_format.hpp"
#include "x_test_server.hpp"

namespace streamkit::desktop {

/// PipeWire and WirePlumber of the test's own. They need a TestBus.
class PipewireTestServer {
 public:
  /// Fails the test if they do not start.
  PipewireTestServer();
  ~PipewireTestServer();
  PipewireTestServer(const PipewireTestServer&) = delete;
  PipewireTestServer& operator=(const PipewireTestServer&) = delete;
  [[nodiscard]] std::string socket() const { return (folder_ / "pipewire-0").string(); }
  void end();

 private:
  std::filesystem::path folder_;
  std::unique_ptr<TestProgram> pipewire_;
  std::unique_ptr<TestProgram> wireplumber_;
};

/// What a compositor's stream has: pixels of one format of spa/param/video/raw.h.
struct TestPicture {
  std::uint32_t format = 0;
  int width_px = 0;
  int height_px = 0;
  /// Bytes that each row has beyond its pixels.
  int padding_bytes = 0;
  /// 0 in all: no part is stated.
  ImagePart part = {};
  std::uint32_t transform = 0;
};

/// A video stream as a compositor provides one.
class TestCast {
 public:
  TestCast(const PipewireTestServer& server, const TestPicture& picture);
  ~TestCast();
  TestCast(const TestCast&) = delete;
  TestCast& operator=(const TestCast&) = delete;

  /// Waits for the number of the stream's node; fails the test if there is none.
  [[nodiscard]] std::uint32_t node();
  /// Sends a frame whose pixels are `color_at(x, y)`, 0xRRGGBB, as soon as somebody receives it.
  /// False: nobody did within a minute.
  bool send(const std::function<std::uint32_t(int x, int y)>& color_at);
  /// Gives the stream another format or size.
  void change(const TestPicture& picture);

 private:
  void offer(bool connects);
  void use_format();
  bool fill(const std::function<std::uint32_t(int x, int y)>& color_at);
  static const pw_stream_events& events();

  const PipewireLibrary library_;
  PipewireLoopPtr loop_;
  PipewireContextPtr context_;
  PipewireCorePtr core_;
  PipewireStreamPtr stream_;
  spa_hook listener_{};
  // Guarded by the loop's lock
  TestPicture picture_;
  bool has_format_ = false;
};

}  // namespace streamkit::desktop
