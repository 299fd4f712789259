#include "desktop/x_windows.hpp"

#include <algorithm>
#include <cstdint>

namespace streamkit::desktop {
namespace {

constexpr std::size_t kMaxWindows = 500;
constexpr std::size_t kMaxTextBytes = 400;
constexpr int kMaxDepth = 16;
// Programs have smaller top-level windows to talk to each other.
constexpr int kMinSide = 8;

std::vector<xcb_window_t> children_of(const XConnection& x, xcb_window_t window) {
  const auto tree = wait_for_reply(x, xcb_query_tree(x.get(), window), xcb_query_tree_reply);
  if (!tree) return {};
  const xcb_window_t* children = xcb_query_tree_children(tree.get());
  return {children, children + xcb_query_tree_children_length(tree.get())};
}

bool is_shown(const XConnection& x, xcb_window_t window) {
  const auto attributes = wait_for_reply(x, xcb_get_window_attributes(x.get(), window),
                                         xcb_get_window_attributes_reply);
  return attributes && attributes->map_state == XCB_MAP_STATE_VIEWABLE &&
         attributes->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT;
}

bool exists(const XConnection& x, xcb_window_t window) {
  return wait_for_reply(x, xcb_get_geometry(x.get(), window), xcb_get_geometry_reply) != nullptr;
}

/// The list of one that has ended may still be there, but not its window. Source: EWMH 1.5,
/// _NET_SUPPORTING_WM_CHECK.
bool has_window_manager(const XConnection& x) {
  const auto check = read_items(x, x.root(), x.atom(Atom::NetSupportingWmCheck));
  return !check.empty() && exists(x, check.front());
}

bool is_part_of_the_desktop(const XConnection& x, xcb_window_t window) {
  const auto types = read_items(x, window, x.atom(Atom::NetWmWindowType));
  return std::any_of(types.begin(), types.end(), [&](xcb_atom_t type) {
    return type == x.atom(Atom::NetWmWindowTypeDesktop) ||
           type == x.atom(Atom::NetWmWindowTypeDock);
  });
}

/// The window of a program below a window manager's frame: the one with a WM_STATE (ICCCM 4.1.3.1).
std::optional<xcb_window_t> client_below(const XConnection& x, xcb_window_t window, int depth) {
  if (!read_items(x, window, x.atom(Atom::WmState)).empty()) return window;
  if (depth == 0) return std::nullopt;
  for (const xcb_window_t child : children_of(x, window)) {
    if (const auto client = client_below(x, child, depth - 1)) return client;
  }
  return std::nullopt;
}

std::vector<xcb_window_t> windows_of_the_tree(const XConnection& x) {
  std::vector<xcb_window_t> windows;
  for (const xcb_window_t child : children_of(x, x.root())) {
    if (windows.size() == kMaxWindows) break;
    const auto place = place_of(x, child);
    const bool tiny = !place || place->width_px < kMinSide || place->height_px < kMinSide;
    if (!tiny && is_shown(x, child)) windows.push_back(client_below(x, child, 2).value_or(child));
  }
  return windows;
}

/// The number of bytes of the UTF-8 character that `text` begins with, 0 if it begins with another
/// byte. Source: RFC 3629, section 4.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (first < 0xf0 || first > 0xf4) return 0;
  const unsigned low = first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
  return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7f) return true;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

void append_latin1(char character, std::string& text) {
  const auto byte = static_cast<unsigned char>(character);
  text += static_cast<char>(0xc0 | (byte >> 6));
  text += static_cast<char>(0x80 | (byte & 0x3f));
}

std::int64_t area_of(const RootRect& rect) { return std::int64_t{rect.width_px} * rect.height_px; }

std::optional<RootRect> common_part(const RootRect& a, const RootRect& b) {
  const int left = std::max(a.x, b.x);
  const int top = std::max(a.y, b.y);
  const int right = std::min(a.x + a.width_px, b.x + b.width_px);
  const int bottom = std::min(a.y + a.height_px, b.y + b.height_px);
  if (left >= right || top >= bottom) return std::nullopt;
  return RootRect{left, top, right - left, bottom - top};
}

std::vector<RootRect> without(const RootRect& from, const RootRect& cut) {
  const auto common = common_part(from, cut);
  if (!common) return {from};
  const int right = common->x + common->width_px;
  const int bottom = common->y + common->height_px;
  std::vector<RootRect> rest = {
      {from.x, from.y, from.width_px, common->y - from.y},
      {from.x, bottom, from.width_px, from.y + from.height_px - bottom},
      {from.x, common->y, common->x - from.x, common->height_px},
      {right, common->y, from.x + from.width_px - right, common->height_px},
  };
  std::erase_if(rest, [](const RootRect& r) { return r.width_px <= 0 || r.height_px <= 0; });
  return rest;
}

}  // namespace

std::string readable_text(std::string_view bytes) {
  std::string text;
  while (!bytes.empty() && text.size() < kMaxTextBytes) {
    const std::size_t length = utf8_length(bytes);
    const std::string_view character = bytes.substr(0, std::max<std::size_t>(length, 1));
    const bool is_latin1 = length == 0 && static_cast<unsigned char>(character[0]) >= 0xa0;
    if (is_latin1) {
      append_latin1(character[0], text);
    } else if (length == 0 || is_control(character)) {
      text += ' ';
    } else {
      text += character;
    }
    bytes.remove_prefix(character.size());
  }
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<xcb_window_t> capturable_windows(const XConnection& x) {
  auto windows = has_window_manager(x) ? read_items(x, x.root(), x.atom(Atom::ClientList))
                                       : windows_of_the_tree(x);
  if (windows.size() > kMaxWindows) windows.resize(kMaxWindows);
  std::erase_if(windows, [&](xcb_window_t window) {
    return !exists(x, window) || is_part_of_the_desktop(x, window);
  });
  return windows;
}

WindowName name_of(const XConnection& x, xcb_window_t window) {
  std::string title = read_text(x, window, x.atom(Atom::NetWmName));
  if (title.empty()) title = read_text(x, window, XCB_ATOM_WM_NAME);
  // Two texts, each ended by a zero: the instance, and the class of all its kind.
  const std::string names = read_text(x, window, XCB_ATOM_WM_CLASS);
  const std::string_view both = names;
  const std::size_t end = std::min(both.find('\0'), both.size());
  const std::string_view instance = both.substr(0, end);
  std::string_view kind = both.substr(std::min(end + 1, both.size()));
  kind = kind.substr(0, kind.find('\0'));
  return {readable_text(title), readable_text(kind.empty() ? instance : kind)};
}

std::optional<xcb_window_t> top_level_of(const XConnection& x, xcb_window_t window) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const auto tree = wait_for_reply(x, xcb_query_tree(x.get(), window), xcb_query_tree_reply);
    if (!tree) return std::nullopt;
    if (tree->parent == x.root() || tree->parent == XCB_NONE) return window;
    window = tree->parent;
  }
  return window;
}

std::optional<RootRect> place_of(const XConnection& x, xcb_window_t window) {
  const auto size = xcb_get_geometry(x.get(), window);
  const auto corner = xcb_translate_coordinates(x.get(), window, x.root(), 0, 0);
  const auto geometry = wait_for_reply(x, size, xcb_get_geometry_reply);
  const auto origin = wait_for_reply(x, corner, xcb_translate_coordinates_reply);
  if (!geometry || !origin) return std::nullopt;
  return RootRect{origin->dst_x, origin->dst_y, geometry->width, geometry->height};
}

Cover cover_of(const XConnection& x, xcb_window_t top_level, const RootRect& place) {
  const auto root = place_of(x, x.root());
  const auto all = children_of(x, x.root());  // the topmost is last
  const auto self = std::find(all.begin(), all.end(), top_level);
  if (!root || self == all.end()) return Cover::Nothing;
  std::vector<RootRect> seen;
  const std::int64_t seen_at_most = area_of(place);
  if (const auto inside = common_part(place, *root)) seen.push_back(*inside);
  for (auto above = self + 1; above != all.end() && !seen.empty(); ++above) {
    if (!is_shown(x, *above)) continue;
    const auto cut = place_of(x, *above);
    if (!cut) continue;
    std::vector<RootRect> rest;
    for (const RootRect& part : seen) {
      const auto parts = without(part, *cut);
      rest.insert(rest.end(), parts.begin(), parts.end());
    }
    seen = std::move(rest);
  }
  if (seen.empty()) return Cover::All;
  std::int64_t seen_area = 0;
  for (const RootRect& part : seen) seen_area += area_of(part);
  return seen_area == seen_at_most ? Cover::Nothing : Cover::Part;
}

}  // namespace streamkit::desktop
