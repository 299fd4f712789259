#pragma once

#include <filesystem>
#include <string>

namespace streamkit::capture {

/// A V4L2 camera whose device node is an ordinary file: this program answers the calls of ioctl()
/// for it. It offers 640x480 in raw frames and in JPEG at 30 frames per second, 1280x720 raw at 10
/// and in JPEG at 30. Raw frames are white on their left half and black on the right.
class FakeCamera {
 public:
  /// The JPEG is what it sends in place of each frame, whatever the size.
  explicit FakeCamera(const std::filesystem::path& jpeg = {});
  ~FakeCamera();
  FakeCamera(const FakeCamera&) = delete;
  FakeCamera& operator=(const FakeCamera&) = delete;

  /// The folder in the place of /dev.
  [[nodiscard]] const std::filesystem::path& devices() const noexcept { return devices_; }
  [[nodiscard]] std::filesystem::path node() const { return devices_ / "video0"; }
  /// The next frames have no bytes, as after an error of transmission.
  void send_empty(int frames) const;
  void unplug();
  void plug_in();

 private:
  std::filesystem::path devices_;
};

}  // namespace streamkit::capture
