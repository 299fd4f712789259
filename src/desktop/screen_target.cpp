#include "desktop/screen_target.hpp"

#include <algorithm>
#include <streamkit/desktop/desktop_id.hpp>
#include <utility>

namespace streamkit::desktop {
namespace {

std::string names_of(const std::vector<XScreen>& screens) {
  std::string names;
  for (const XScreen& screen : screens) {
    names += (names.empty() ? "" : ", ") + to_string(DesktopId{.screen = screen.name});
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<CaptureTarget>> ScreenTarget::find(
    const XConnection& x, const std::string& name, const std::optional<CaptureRegion>& region) {
  const auto screens = list_screens(x);
  if (screens.empty()) return Error{ErrorCode::Unavailable, "the X server went away"};
  const auto found = std::find_if(screens.begin(), screens.end(), [&](const XScreen& screen) {
    return name.empty() ? screen.is_primary : screen.name == name;
  });
  if (found == screens.end()) {
    return Error{ErrorCode::NotFound, "no screen has the id " +
                                          to_string(DesktopId{.screen = name}) +
                                          "; there are: " + names_of(screens)};
  }
  if (!captured_part(found->place.width_px, found->place.height_px, region)) {
    return Error{ErrorCode::InvalidArgument, "the region is outside of the screen, which is " +
                                                 std::to_string(found->place.width_px) + "x" +
                                                 std::to_string(found->place.height_px)};
  }
  return std::unique_ptr<CaptureTarget>(new ScreenTarget(x, found->name, region));
}

ScreenTarget::ScreenTarget(const XConnection& x, std::string name,
                           const std::optional<CaptureRegion>& region)
    : x_(x), name_(std::move(name)), region_(region) {
  xcb_randr_select_input(x_.get(), x_.root(),
                         XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE | XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
                             XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
  const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(x_.get(), x_.root(), XCB_CW_EVENT_MASK, &events);
}

TargetView ScreenTarget::look() {
  const auto screens = list_screens(x_);
  const auto found = std::find_if(screens.begin(), screens.end(),
                                  [&](const XScreen& screen) { return screen.name == name_; });
  const auto root = place_of(x_, x_.root());
  if (found == screens.end() || !root) return {InputState::Lost};
  const RootRect& place = found->place;
  // A monitor may reach beyond the root window for a moment while sizes change.
  auto area = captured_part(std::min(place.width_px, root->width_px - place.x),
                            std::min(place.height_px, root->height_px - place.y), region_);
  if (!area || place.x < 0 || place.y < 0) return {InputState::Lost};
  area->drawable = x_.root();
  area->x += place.x;
  area->y += place.y;
  return {InputState::Running, area, {area->x, area->y}};
}

bool ScreenTarget::changes_with(const xcb_generic_event_t& event) {
  const int type = event.response_type & 0x7f;
  return type == x_.screen_change_notify() || type == x_.randr_notify() ||
         type == XCB_CONFIGURE_NOTIFY;
}

std::optional<Point> ScreenTarget::pointer(const TargetView& view) {
  const auto reply =
      wait_for_reply(x_, xcb_query_pointer(x_.get(), x_.root()), xcb_query_pointer_reply);
  if (!reply || !reply->same_screen || !view.area) return std::nullopt;
  return Point{reply->root_x - view.area->x, reply->root_y - view.area->y};
}

}  // namespace streamkit::desktop
