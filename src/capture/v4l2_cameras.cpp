#include "capture/v4l2_cameras.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>
#include <system_error>
#include <tuple>

#ifdef __linux__
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace streamkit::capture {
namespace {

namespace fs = std::filesystem;

// A raw frame costs least, H.264 most.
int cost_of(std::string_view pixels) {
  if (pixels == "h264" || pixels == "hevc") return 2;
  return pixels == "mjpeg" ? 1 : 0;
}

}  // namespace

std::optional<CameraMode> nearest_mode(const std::vector<CameraMode>& modes, int width_px,
                                       int height_px, FrameRate rate) {
  constexpr double kFasterIsFree = 0.1;  // half of the distance of a slower one, and less
  const std::int64_t wanted_width = width_px > 0 ? width_px : 1280;
  const std::int64_t wanted_height = height_px > 0 ? height_px : 720;
  const auto rank = [&](const CameraMode& mode) {
    const std::int64_t wide = mode.width_px - wanted_width;
    const std::int64_t high = mode.height_px - wanted_height;
    const bool too_small = width_px > 0 ? wide < 0 || high < 0 : wide > 0 || high > 0;
    const double faster = mode.rate.hz() - rate.hz();
    const double rate_off = faster >= 0 ? faster * kFasterIsFree : -faster;
    return std::tuple(too_small, std::abs(wide) + std::abs(high), rate_off, cost_of(mode.pixels));
  };
  const auto best = std::min_element(
      modes.begin(), modes.end(),
      [&](const CameraMode& one, const CameraMode& other) { return rank(one) < rank(other); });
  if (best == modes.end()) return {};
  return *best;
}

#ifdef __linux__

namespace {

/// An open device node.
class Node {
 public:
  explicit Node(const std::string& path)
      : handle_(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)), failure_(errno) {}
  ~Node() {
    if (handle_ >= 0) ::close(handle_);
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  [[nodiscard]] bool is_open() const noexcept { return handle_ >= 0; }
  [[nodiscard]] bool is_forbidden() const noexcept {
    return handle_ < 0 && (failure_ == EACCES || failure_ == EPERM);
  }
  template <typename T>
  bool ask(unsigned long request, T& value) const {
    int code = 0;
    do {
      code = ::ioctl(handle_, request, &value);
    } while (code < 0 && errno == EINTR);
    return code >= 0;
  }

 private:
  const int handle_;
  const int failure_;
};

struct PixelName {
  std::uint32_t fourcc;
  const char* name;
};

// Those that libavdevice reads, by its names.
constexpr std::array<PixelName, 9> kPixels = {{{V4L2_PIX_FMT_YUYV, "yuyv422"},
                                               {V4L2_PIX_FMT_UYVY, "uyvy422"},
                                               {V4L2_PIX_FMT_YUV420, "yuv420p"},
                                               {V4L2_PIX_FMT_NV12, "nv12"},
                                               {V4L2_PIX_FMT_RGB24, "rgb24"},
                                               {V4L2_PIX_FMT_BGR24, "bgr24"},
                                               {V4L2_PIX_FMT_MJPEG, "mjpeg"},
                                               {V4L2_PIX_FMT_JPEG, "mjpeg"},
                                               {V4L2_PIX_FMT_H264, "h264"}}};

std::optional<v4l2_capability> capture_capability(const Node& node) {
  v4l2_capability capability{};
  if (!node.ask(VIDIOC_QUERYCAP, capability)) return {};
  const std::uint32_t own = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0
                                ? capability.device_caps
                                : capability.capabilities;
  const bool captures = (own & V4L2_CAP_VIDEO_CAPTURE) != 0 && (own & V4L2_CAP_STREAMING) != 0;
  if (!captures) return {};
  return capability;
}

// The card's name, without bytes that are not text.
std::string name_of(const v4l2_capability& capability) {
  std::string name;
  for (const std::uint8_t byte : capability.card) {
    if (byte == 0) break;
    name += byte >= 0x20 && byte != 0x7f ? static_cast<char>(byte) : '?';
  }
  return name.empty() ? "Camera" : name;
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ','; });
}

// The stable names, by the node that they link to. One camera has a link for each of its nodes.
std::map<fs::path, std::string> stable_names(const fs::path& devices) {
  std::map<fs::path, std::string> names;
  std::error_code failure;
  for (const auto& link : fs::directory_iterator(devices / "v4l" / "by-id", failure)) {
    const fs::path node = fs::weakly_canonical(link.path(), failure);
    if (!failure && is_plain(link.path().native())) names.emplace(node, link.path().native());
  }
  return names;
}

std::vector<fs::path> video_nodes(const fs::path& devices) {
  constexpr std::string_view kPrefix = "video";
  std::vector<std::pair<int, fs::path>> numbered;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(devices, failure)) {
    const std::string name = entry.path().filename().string();
    if (name.compare(0, kPrefix.size(), kPrefix) != 0) continue;
    const std::string number = name.substr(kPrefix.size());
    const bool digits = !number.empty() && number.size() < 6 &&
                        number.find_first_not_of("0123456789") == std::string::npos;
    if (digits) numbered.emplace_back(std::atoi(number.c_str()), entry.path());
  }
  std::sort(numbered.begin(), numbered.end());
  std::vector<fs::path> nodes;
  for (auto& [number, path] : numbered) nodes.push_back(std::move(path));
  return nodes;
}

void add_rates(const Node& node, std::uint32_t fourcc, CameraMode mode,
               std::vector<CameraMode>& modes) {
  constexpr std::uint32_t kMostRates = 64;
  v4l2_frmivalenum interval{};
  interval.pixel_format = fourcc;
  interval.width = static_cast<std::uint32_t>(mode.width_px);
  interval.height = static_cast<std::uint32_t>(mode.height_px);
  bool any = false;
  for (; interval.index < kMostRates && node.ask(VIDIOC_ENUM_FRAMEINTERVALS, interval);
       ++interval.index) {
    const bool discrete = interval.type == V4L2_FRMIVAL_TYPE_DISCRETE;
    const v4l2_fract time = discrete ? interval.discrete : interval.stepwise.min;
    if (time.numerator == 0 || time.denominator == 0) continue;
    mode.rate = {static_cast<int>(time.denominator), static_cast<int>(time.numerator)};
    modes.push_back(mode);
    any = true;
    if (!discrete) break;
  }
  mode.rate = {30, 1};
  if (!any) modes.push_back(mode);
}

void add_sizes(const Node& node, std::uint32_t fourcc, const char* pixels,
               std::vector<CameraMode>& modes) {
  constexpr std::uint32_t kMostSizes = 128;
  constexpr std::array<std::pair<int, int>, 5> kUsual = {
      {{640, 360}, {640, 480}, {1280, 720}, {1920, 1080}, {3840, 2160}}};
  v4l2_frmsizeenum size{};
  size.pixel_format = fourcc;
  for (; size.index < kMostSizes && node.ask(VIDIOC_ENUM_FRAMESIZES, size); ++size.index) {
    if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
      const auto width = static_cast<int>(size.discrete.width);
      add_rates(node, fourcc, {pixels, width, static_cast<int>(size.discrete.height), {}}, modes);
      continue;
    }
    const v4l2_frmsize_stepwise& range = size.stepwise;
    for (const auto& [width, height] : kUsual) {
      const auto wide = static_cast<std::uint32_t>(width);
      const auto high = static_cast<std::uint32_t>(height);
      const bool inside = wide >= range.min_width && wide <= range.max_width &&
                          high >= range.min_height && high <= range.max_height;
      if (inside) add_rates(node, fourcc, {pixels, width, height, {}}, modes);
    }
    break;
  }
}

}  // namespace

Result<std::vector<SourceInfo>> list_v4l2_cameras(const fs::path& devices) {
  const auto names = stable_names(devices);
  std::vector<SourceInfo> cameras;
  bool any_forbidden = false;
  for (const fs::path& path : video_nodes(devices)) {
    const Node node(path.string());
    any_forbidden = any_forbidden || node.is_forbidden();
    if (!node.is_open()) continue;
    const auto capability = capture_capability(node);
    if (!capability) continue;
    std::error_code failure;
    const auto named = names.find(fs::weakly_canonical(path, failure));
    SourceInfo camera;
    camera.id = "camera:" + (named == names.end() ? path.string() : named->second);
    camera.kind = SourceKind::Camera;
    camera.name = name_of(*capability);
    v4l2_format format{};
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (node.ask(VIDIOC_G_FMT, format)) {
      camera.width_px = static_cast<int>(format.fmt.pix.width);
      camera.height_px = static_cast<int>(format.fmt.pix.height);
    }
    camera.is_default = cameras.empty();
    cameras.push_back(std::move(camera));
  }
  if (cameras.empty() && any_forbidden) {
    return Error{ErrorCode::PermissionDenied,
                 "there are cameras, but this user may not open them: add the user to the group "
                 "video"};
  }
  return cameras;
}

std::vector<CameraMode> modes_of(const std::string& device) {
  constexpr std::uint32_t kMostFormats = 64;
  std::vector<CameraMode> modes;
  const Node node(device);
  if (!node.is_open()) return modes;
  v4l2_fmtdesc format{};
  format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  for (; format.index < kMostFormats && node.ask(VIDIOC_ENUM_FMT, format); ++format.index) {
    const auto* known = std::ranges::find(kPixels, format.pixelformat, &PixelName::fourcc);
    if (known != kPixels.end()) add_sizes(node, known->fourcc, known->name, modes);
  }
  return modes;
}

#else

Result<std::vector<SourceInfo>> list_v4l2_cameras(const fs::path& /*devices*/) {
  return std::vector<SourceInfo>();
}

std::vector<CameraMode> modes_of(const std::string& /*device*/) { return {}; }

#endif

}  // namespace streamkit::capture
