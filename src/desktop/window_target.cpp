#include "desktop/window_target.hpp"

#include <streamkit/desktop/desktop_id.hpp>
#include <utility>

namespace streamkit::desktop {
namespace {

/// The window that an event is about; for those of a parent's children, the child.
xcb_window_t window_of(const xcb_generic_event_t& event) {
  switch (event.response_type & 0x7f) {
    case XCB_CONFIGURE_NOTIFY:
      return reinterpret_cast<const xcb_configure_notify_event_t&>(event).window;
    case XCB_DESTROY_NOTIFY:
      return reinterpret_cast<const xcb_destroy_notify_event_t&>(event).window;
    case XCB_MAP_NOTIFY:
      return reinterpret_cast<const xcb_map_notify_event_t&>(event).window;
    case XCB_UNMAP_NOTIFY:
      return reinterpret_cast<const xcb_unmap_notify_event_t&>(event).window;
    case XCB_REPARENT_NOTIFY:
      return reinterpret_cast<const xcb_reparent_notify_event_t&>(event).window;
    case XCB_CIRCULATE_NOTIFY:
      return reinterpret_cast<const xcb_circulate_notify_event_t&>(event).window;
    default:
      return XCB_NONE;
  }
}

XcbPtr<xcb_get_window_attributes_reply_t> attributes_of(const XConnection& x, xcb_window_t window) {
  return wait_for_reply(x, xcb_get_window_attributes(x.get(), window),
                        xcb_get_window_attributes_reply);
}

}  // namespace

Result<std::unique_ptr<CaptureTarget>> WindowTarget::find(
    const XConnection& x, xcb_window_t window, const std::optional<CaptureRegion>& region) {
  const std::string id = to_string(DesktopId{.window = window});
  const auto attributes = attributes_of(x, window);
  const auto place = place_of(x, window);
  if (!attributes || !place || attributes->_class != XCB_WINDOW_CLASS_INPUT_OUTPUT) {
    return Error{ErrorCode::NotFound, "no window has the id " + id +
                                          ": it may have been closed; list the sources again"};
  }
  if (!x.has_rgb_pixels(attributes->visual)) {
    return Error{ErrorCode::Unsupported, id + " has pixels that are not of 24-bit colour"};
  }
  if (!captured_part(place->width_px, place->height_px, region)) {
    return Error{ErrorCode::InvalidArgument, "the region is outside of the window, which is " +
                                                 std::to_string(place->width_px) + "x" +
                                                 std::to_string(place->height_px)};
  }
  return std::unique_ptr<CaptureTarget>(new WindowTarget(x, window, region));
}

WindowTarget::WindowTarget(const XConnection& x, xcb_window_t window,
                           const std::optional<CaptureRegion>& region)
    : x_(x), window_(window), region_(region) {
  const std::uint32_t events = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;
  xcb_change_window_attributes(x_.get(), x_.root(), XCB_CW_EVENT_MASK, &events);
  watch(window);
}

void WindowTarget::watch(xcb_window_t window) {
  window_ = window;
  closed_ = false;
  name_stale_ = true;
  pixmap_stale_ = true;
  const std::uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_PROPERTY_CHANGE;
  xcb_change_window_attributes(x_.get(), window, XCB_CW_EVENT_MASK, &events);
  xcb_composite_redirect_window(x_.get(), window, XCB_COMPOSITE_REDIRECT_AUTOMATIC);
}

bool WindowTarget::find_again() {
  if (name_ == WindowName{}) return false;
  for (const xcb_window_t window : capturable_windows(x_)) {
    const auto attributes = attributes_of(x_, window);
    if (!attributes || !x_.has_rgb_pixels(attributes->visual)) continue;
    if (name_of(x_, window) != name_) continue;
    watch(window);
    return true;
  }
  return false;
}

TargetView WindowTarget::look() {
  if (closed_ && !find_again()) return {InputState::Lost};
  return look_at_window();
}

// A window that is closed meanwhile has no name any more: the one before is kept, since another
// window without a name would be taken for this one.
void WindowTarget::remember_name() {
  WindowName name = name_of(x_, window_);
  if (name != WindowName{}) name_ = std::move(name);
  name_stale_ = false;
}

TargetView WindowTarget::look_at_window() {
  const auto attributes = attributes_of(x_, window_);
  const auto top_level = top_level_of(x_, window_);
  const auto place = place_of(x_, window_);
  if (!attributes || !top_level || !place) {
    closed_ = true;
    free_pixmap();
    return {InputState::Lost};
  }
  top_level_ = *top_level;
  if (name_stale_) remember_name();
  if (attributes->map_state != XCB_MAP_STATE_VIEWABLE) {
    pixmap_stale_ = true;
    return {InputState::Minimized};
  }
  if (pixmap_stale_ && !name_pixmap()) return {InputState::Minimized};
  // The pixmap knows its own size, which the window's may have left behind.
  const auto pixmap =
      wait_for_reply(x_, xcb_get_geometry(x_.get(), pixmap_), xcb_get_geometry_reply);
  const auto geometry =
      wait_for_reply(x_, xcb_get_geometry(x_.get(), window_), xcb_get_geometry_reply);
  if (!pixmap || !geometry) return {InputState::Minimized};
  const int border = geometry->border_width;
  auto area = captured_part(pixmap->width - 2 * border, pixmap->height - 2 * border, region_);
  if (!area) return {InputState::Minimized};
  const Point damage_origin{area->x, area->y};
  area->drawable = pixmap_;
  area->x += border;
  area->y += border;
  const bool covered = cover_of(x_, top_level_, *place) == Cover::All;
  return {covered ? InputState::Covered : InputState::Running, area, damage_origin};
}

bool WindowTarget::name_pixmap() {
  free_pixmap();
  const xcb_pixmap_t pixmap = xcb_generate_id(x_.get());
  if (!succeeded(x_, xcb_composite_name_window_pixmap_checked(x_.get(), window_, pixmap))) {
    return false;
  }
  pixmap_ = pixmap;
  pixmap_stale_ = false;
  return true;
}

void WindowTarget::free_pixmap() noexcept {
  if (pixmap_ != XCB_NONE) xcb_free_pixmap(x_.get(), pixmap_);
  pixmap_ = XCB_NONE;
  pixmap_stale_ = true;
}

bool WindowTarget::changes_with(const xcb_generic_event_t& event) {
  if ((event.response_type & 0x7f) == XCB_PROPERTY_NOTIFY) {
    name_stale_ = true;
    return true;
  }
  const xcb_window_t window = window_of(event);
  if (window == XCB_NONE) return false;
  // Whatever gave the window another pixmap is among these.
  if (window == window_ || window == top_level_) pixmap_stale_ = true;
  if (window == window_ && (event.response_type & 0x7f) == XCB_DESTROY_NOTIFY) closed_ = true;
  return true;  // the others may cover it, or cover it no more
}

std::optional<Point> WindowTarget::pointer(const TargetView& view) {
  const auto of_root = xcb_query_pointer(x_.get(), x_.root());
  const auto of_window = xcb_query_pointer(x_.get(), window_);
  const auto above = wait_for_reply(x_, of_root, xcb_query_pointer_reply);
  const auto inside = wait_for_reply(x_, of_window, xcb_query_pointer_reply);
  if (!above || !inside || above->child != top_level_) return std::nullopt;
  return Point{inside->win_x - view.damage_origin.x, inside->win_y - view.damage_origin.y};
}

}  // namespace streamkit::desktop
