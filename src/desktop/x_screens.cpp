#include "desktop/x_screens.hpp"

#include <algorithm>

namespace streamkit::desktop {
namespace {

constexpr std::size_t kMaxScreens = 64;

std::string atom_name(const XConnection& x, xcb_atom_t atom) {
  const auto reply = wait_for_reply(x, xcb_get_atom_name(x.get(), atom), xcb_get_atom_name_reply);
  if (!reply) return {};
  return {xcb_get_atom_name_name(reply.get()),
          static_cast<std::size_t>(xcb_get_atom_name_name_length(reply.get()))};
}

/// A server without monitors still has a root window.
std::vector<XScreen> whole_root(const XConnection& x) {
  const auto place = place_of(x, x.root());
  if (!place) return {};
  return {XScreen{"root", *place, true}};
}

}  // namespace

std::vector<XScreen> list_screens(const XConnection& x) {
  const auto reply =
      wait_for_reply(x, xcb_randr_get_monitors(x.get(), x.root(), 1), xcb_randr_get_monitors_reply);
  if (!reply) return whole_root(x);
  std::vector<XScreen> screens;
  auto monitors = xcb_randr_get_monitors_monitors_iterator(reply.get());
  for (; monitors.rem > 0; xcb_randr_monitor_info_next(&monitors)) {
    const xcb_randr_monitor_info_t& monitor = *monitors.data;
    if (monitor.width == 0 || monitor.height == 0 || screens.size() == kMaxScreens) continue;
    screens.push_back({atom_name(x, monitor.name),
                       {monitor.x, monitor.y, monitor.width, monitor.height},
                       monitor.primary != 0});
    if (screens.back().name.empty()) screens.back().name = std::to_string(screens.size());
  }
  if (screens.empty()) return whole_root(x);
  const bool marked = std::any_of(screens.begin(), screens.end(),
                                  [](const XScreen& screen) { return screen.is_primary; });
  if (!marked) screens.front().is_primary = true;
  return screens;
}

}  // namespace streamkit::desktop
