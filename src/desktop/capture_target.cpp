#include "desktop/capture_target.hpp"

#include <algorithm>
#include <cstdint>
#include <streamkit/desktop/desktop_id.hpp>

#include "desktop/screen_target.hpp"
#include "desktop/window_target.hpp"

namespace streamkit::desktop {
namespace {

constexpr int kMaxSide = 16384;
constexpr std::int64_t kMaxPixels = std::int64_t{64} << 20;

int even(int length) { return length > 1 ? length / 2 * 2 : length; }

}  // namespace

std::optional<GrabArea> captured_part(int width_px, int height_px,
                                      const std::optional<CaptureRegion>& region) {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t right = width_px;
  std::int64_t bottom = height_px;
  if (region) {
    left = std::max(left, std::int64_t{region->x_px});
    top = std::max(top, std::int64_t{region->y_px});
    right = std::min(right, std::int64_t{region->x_px} + region->width_px);
    bottom = std::min(bottom, std::int64_t{region->y_px} + region->height_px);
  }
  if (left >= right || top >= bottom) return std::nullopt;
  const auto width = std::min<std::int64_t>(right - left, kMaxSide);
  const auto height = std::min({bottom - top, std::int64_t{kMaxSide}, kMaxPixels / width});
  return GrabArea{XCB_NONE, static_cast<int>(left), static_cast<int>(top),
                  even(static_cast<int>(width)), even(static_cast<int>(height))};
}

Result<std::unique_ptr<CaptureTarget>> find_target(const XConnection& x, const std::string& source,
                                                   const std::optional<CaptureRegion>& region) {
  if (source.empty()) return ScreenTarget::find(x, {}, region);
  const auto id = parse_desktop_id(source);
  if (!id) {
    return Error{
        ErrorCode::InvalidArgument,
        "'" + readable_text(source) +
            "' is not the id of a screen or window, such as screen:NAME or window:0x1a00003"};
  }
  if (id->window != 0) return WindowTarget::find(x, id->window, region);
  return ScreenTarget::find(x, id->screen, region);
}

}  // namespace streamkit::desktop
