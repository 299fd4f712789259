#include <algorithm>
#include <chrono>
#include <optional>
#include <streamkit/core/contained.hpp>
#include <streamkit/desktop/desktop_id.hpp>
#include <streamkit/desktop/desktop_sources.hpp>
#include <thread>
#include <utility>

#include "desktop/capture_target.hpp"
#include "desktop/x_screens.hpp"
#include "desktop/x_windows.hpp"

namespace streamkit::desktop {
namespace {

constexpr int kMinWidth = 16;
constexpr int kMaxWidth = 8192;
// A program draws a window anew when it gets a pixmap of its own.
constexpr std::chrono::milliseconds kRedrawTime{150};

SourceInfo info_of(const XScreen& screen) {
  SourceInfo info;
  info.id = to_string(DesktopId{.screen = screen.name});
  info.kind = SourceKind::Screen;
  info.name = readable_text(screen.name);
  info.width_px = screen.place.width_px;
  info.height_px = screen.place.height_px;
  info.is_default = screen.is_primary;
  return info;
}

std::optional<SourceInfo> info_of(const XConnection& x, xcb_window_t window) {
  const auto place = place_of(x, window);
  if (!place) return std::nullopt;
  auto [title, application] = name_of(x, window);
  SourceInfo info;
  info.id = to_string(DesktopId{.window = window});
  info.kind = SourceKind::Window;
  info.name = title.empty() ? (application.empty() ? info.id : application) : std::move(title);
  info.application = std::move(application);
  info.width_px = place->width_px;
  info.height_px = place->height_px;
  return info;
}

void append_windows(const XConnection& x, std::vector<SourceInfo>& sources) {
  const auto active = read_items(x, x.root(), x.atom(Atom::ActiveWindow));
  for (const xcb_window_t window : capturable_windows(x)) {
    auto info = info_of(x, window);
    if (!info) continue;
    info->is_default = !active.empty() && active.front() == window;
    sources.push_back(*std::move(info));
  }
}

Result<std::vector<SourceInfo>> list(const std::string& display) {
  const auto x = XConnection::open(display);
  if (!x) return x.error();
  std::vector<SourceInfo> sources;
  for (const XScreen& screen : list_screens(**x)) sources.push_back(info_of(screen));
  append_windows(**x, sources);
  if (!(*x)->alive()) return Error{ErrorCode::Unavailable, "the X server went away"};
  return sources;
}

/// The part of the screen that shows all of a window, so that it need not be drawn anew.
std::optional<GrabArea> visible_area(const XConnection& x, xcb_window_t window) {
  const auto place = place_of(x, window);
  const auto top_level = top_level_of(x, window);
  if (!place || !top_level || cover_of(x, *top_level, *place) != Cover::Nothing)
    return std::nullopt;
  const auto attributes = wait_for_reply(x, xcb_get_window_attributes(x.get(), window),
                                         xcb_get_window_attributes_reply);
  if (!attributes || attributes->map_state != XCB_MAP_STATE_VIEWABLE) return std::nullopt;
  auto area = captured_part(place->width_px, place->height_px, {});
  if (!area) return std::nullopt;
  area->drawable = x.root();
  area->x += place->x;
  area->y += place->y;
  return area;
}

Result<VideoFrame> scaled_frame(const XConnection& x, const GrabArea& area, int max_width_px) {
  GrabBuffer buffer(x);
  buffer.resize(area.width_px, area.height_px);
  if (!buffer.fetch(area, {0, area.height_px})) {
    return Error{ErrorCode::Unavailable,
                 "the source changed while its preview was taken: try again"};
  }
  const double scale = std::min({1.0, static_cast<double>(max_width_px) / area.width_px,
                                 static_cast<double>(max_width_px) / area.height_px});
  const auto side = [&](int length) {
    return std::max(static_cast<int>(length * scale) / 2 * 2, 2);
  };
  const VideoFormat format{.width_px = side(area.width_px), .height_px = side(area.height_px)};
  return FrameScaler(format).convert(buffer.image(), {0, area.height_px});
}

Result<VideoFrame> preview(std::string_view id, int max_width_px, const std::string& display) {
  if (max_width_px < kMinWidth || max_width_px > kMaxWidth) {
    return Error{ErrorCode::InvalidArgument, "the width of a preview must be from 16 to 8192"};
  }
  const auto x = XConnection::open(display);
  if (!x) return x.error();
  if (const auto parsed = parse_desktop_id(id); parsed && parsed->window != 0) {
    const auto area = visible_area(**x, parsed->window);
    if (area) return scaled_frame(**x, *area, max_width_px);
  }
  const auto target = find_target(**x, std::string(id), {});
  if (!target) return target.error();
  if (!(*target)->look().area) {
    return Error{ErrorCode::Unavailable, "the window is minimized: show it to see a preview"};
  }
  if ((*target)->kind() == "window") std::this_thread::sleep_for(kRedrawTime);
  const auto view = (*target)->look();
  if (!view.area) return Error{ErrorCode::Unavailable, "the source went away"};
  return scaled_frame(**x, *view.area, max_width_px);
}

}  // namespace

Result<std::vector<SourceInfo>> list_desktop_sources(const std::string& display) {
  return contained([&] { return list(display); });
}

Result<VideoFrame> preview_desktop_source(std::string_view id, int max_width_px,
                                          const std::string& display) {
  return contained([&] { return preview(id, max_width_px, display); });
}

}  // namespace streamkit::desktop
