#include "fake_camera.hpp"

#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <vector>

namespace streamkit::capture {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t kBufferBytes = 2 << 20;
constexpr std::uint32_t kMostBuffers = 32;

// The state of the one camera. Guarded by mutex.
struct Camera {
  std::mutex mutex;
  std::string node;
  std::vector<std::uint8_t> jpeg;
  std::uint32_t pixels = V4L2_PIX_FMT_YUYV;
  std::uint32_t width = 640;
  std::uint32_t height = 480;
  std::uint32_t rate = 30;
  std::deque<std::uint32_t> queued;
  steady_clock::time_point next;
  std::uint32_t sequence = 0;
  int empty = 0;
};

Camera& camera() {
  static Camera one;
  return one;
}

// Whether the handle is the camera's node, plugged in or not.
bool is_camera(int handle, bool& plugged_in) {
  Camera& it = camera();
  if (it.node.empty()) return false;
  struct stat opened {};
  struct stat named {};
  if (::fstat(handle, &opened) != 0 || !S_ISREG(opened.st_mode)) return false;
  if (opened.st_size != static_cast<off_t>(kBufferBytes) * kMostBuffers) return false;
  plugged_in = ::stat(it.node.c_str(), &named) == 0 && named.st_ino == opened.st_ino;
  return true;
}

int fail(int code) {
  errno = code;
  return -1;
}

int answer(v4l2_capability& asked) {
  std::strcpy(reinterpret_cast<char*>(asked.driver), "fake");
  std::strcpy(reinterpret_cast<char*>(asked.card), "Fake Camera");
  asked.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_DEVICE_CAPS;
  asked.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  return 0;
}

int answer(v4l2_fmtdesc& asked) {
  if (asked.index > 1) return fail(EINVAL);
  asked.pixelformat = asked.index == 0 ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_MJPEG;
  return 0;
}

int answer(v4l2_frmsizeenum& asked) {
  if (asked.index > 1) return fail(EINVAL);
  asked.type = V4L2_FRMSIZE_TYPE_DISCRETE;
  asked.discrete.width = asked.index == 0 ? 640 : 1280;
  asked.discrete.height = asked.index == 0 ? 480 : 720;
  return 0;
}

int answer(v4l2_frmivalenum& asked) {
  if (asked.index > 0) return fail(EINVAL);
  asked.type = V4L2_FRMIVAL_TYPE_DISCRETE;
  const bool slow = asked.pixel_format == V4L2_PIX_FMT_YUYV && asked.width == 1280;
  asked.discrete = {1, slow ? 10U : 30U};
  return 0;
}

int get_format(v4l2_format& asked) {
  const Camera& it = camera();
  asked.fmt.pix.width = it.width;
  asked.fmt.pix.height = it.height;
  asked.fmt.pix.pixelformat = it.pixels;
  asked.fmt.pix.field = V4L2_FIELD_NONE;
  asked.fmt.pix.bytesperline = it.width * 2;
  asked.fmt.pix.sizeimage = it.width * it.height * 2;
  return 0;
}

int set_format(v4l2_format& asked) {
  Camera& it = camera();
  it.width = asked.fmt.pix.width > 640 ? 1280 : 640;
  it.height = it.width == 1280 ? 720 : 480;
  it.pixels =
      asked.fmt.pix.pixelformat == V4L2_PIX_FMT_MJPEG ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
  return get_format(asked);
}

int answer(v4l2_streamparm& asked) {
  asked.parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
  asked.parm.capture.timeperframe = {1, camera().rate};
  return 0;
}

int answer(v4l2_requestbuffers& asked) {
  asked.count = std::min(asked.count, kMostBuffers);
  camera().queued.clear();
  return 0;
}

int describe(v4l2_buffer& asked) {
  asked.length = kBufferBytes;
  asked.m.offset = asked.index * kBufferBytes;
  return 0;
}

std::vector<std::uint8_t> draw(const Camera& it) {
  if (it.pixels == V4L2_PIX_FMT_MJPEG) return it.jpeg;
  std::vector<std::uint8_t> pixels(std::size_t{it.width} * it.height * 2, 128);
  for (std::size_t n = 0; n < pixels.size(); n += 2) {
    pixels[n] = n / 2 % it.width < it.width / 2 ? 235 : 16;
  }
  return pixels;
}

int take(int handle, v4l2_buffer& asked) {
  Camera& it = camera();
  if (it.queued.empty() || steady_clock::now() < it.next) return fail(EAGAIN);
  asked.index = it.queued.front();
  it.queued.pop_front();
  const auto frame = it.empty-- > 0 ? std::vector<std::uint8_t>() : draw(it);
  describe(asked);
  if (::pwrite(handle, frame.data(), frame.size(), asked.m.offset) < 0) return fail(EIO);
  asked.bytesused = static_cast<std::uint32_t>(frame.size());
  asked.sequence = it.sequence++;
  asked.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(
      steady_clock::now().time_since_epoch() - std::chrono::milliseconds(5));
  asked.timestamp = {taken.count() / 1'000'000, taken.count() % 1'000'000};
  it.next += std::chrono::microseconds(1'000'000 / it.rate);
  return 0;
}

int answer_call(int handle, unsigned long request, void* argument) {
  Camera& it = camera();
  switch (request) {
    case VIDIOC_QUERYCAP:
      return answer(*static_cast<v4l2_capability*>(argument));
    case VIDIOC_ENUM_FMT:
      return answer(*static_cast<v4l2_fmtdesc*>(argument));
    case VIDIOC_ENUM_FRAMESIZES:
      return answer(*static_cast<v4l2_frmsizeenum*>(argument));
    case VIDIOC_ENUM_FRAMEINTERVALS:
      return answer(*static_cast<v4l2_frmivalenum*>(argument));
    case VIDIOC_G_FMT:
      return get_format(*static_cast<v4l2_format*>(argument));
    case VIDIOC_S_FMT:
      return set_format(*static_cast<v4l2_format*>(argument));
    case VIDIOC_S_PARM:
      it.rate = static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe.denominator;
      return answer(*static_cast<v4l2_streamparm*>(argument));
    case VIDIOC_G_PARM:
      return answer(*static_cast<v4l2_streamparm*>(argument));
    case VIDIOC_REQBUFS:
      return answer(*static_cast<v4l2_requestbuffers*>(argument));
    case VIDIOC_QUERYBUF:
      return describe(*static_cast<v4l2_buffer*>(argument));
    case VIDIOC_QBUF:
      it.queued.push_back(static_cast<v4l2_buffer*>(argument)->index);
      return 0;
    case VIDIOC_DQBUF:
      return take(handle, *static_cast<v4l2_buffer*>(argument));
    case VIDIOC_STREAMON:
      it.next = steady_clock::now();
      return 0;
    case VIDIOC_G_INPUT:
      *static_cast<int*>(argument) = 0;
      return 0;
    case VIDIOC_ENUMINPUT:  // without a TV standard
    case VIDIOC_STREAMOFF:
      return 0;
    default:
      return fail(ENOTTY);
  }
}

}  // namespace

FakeCamera::FakeCamera(const std::filesystem::path& jpeg) {
  static std::atomic<int> number = 0;
  devices_ = std::filesystem::temp_directory_path() /
             ("streamkit-dev-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
  std::filesystem::create_directories(devices_);
  {
    std::lock_guard lock(camera().mutex);
    camera().node = node().string();
    camera().empty = 0;
    std::ifstream file(jpeg, std::ios::binary);
    camera().jpeg.assign(std::istreambuf_iterator<char>(file), {});
  }
  plug_in();
}

FakeCamera::~FakeCamera() {
  {
    std::lock_guard lock(camera().mutex);
    camera().node.clear();
  }
  std::filesystem::remove_all(devices_);
}

void FakeCamera::send_empty(int frames) const {
  std::lock_guard lock(camera().mutex);
  camera().empty = frames;
}

void FakeCamera::unplug() { std::filesystem::remove(node()); }

// The node appears with its size.
void FakeCamera::plug_in() {
  const std::filesystem::path file = devices_ / "new";
  std::ofstream(file).close();
  std::filesystem::resize_file(file, std::uintmax_t{kBufferBytes} * kMostBuffers);
  std::filesystem::rename(file, node());
}

}  // namespace streamkit::capture

// In the place of the C library's, for every library of this program.
extern "C" int ioctl(int handle, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  std::lock_guard lock(streamkit::capture::camera().mutex);
  bool plugged_in = false;
  if (!streamkit::capture::is_camera(handle, plugged_in)) {
    return static_cast<int>(::syscall(SYS_ioctl, handle, request, argument));
  }
  if (!plugged_in) return streamkit::capture::fail(ENODEV);
  return streamkit::capture::answer_call(handle, request, argument);
}
