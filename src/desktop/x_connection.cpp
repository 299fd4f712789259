#include "desktop/x_connection.hpp"

#include <cstdlib>

namespace streamkit::desktop {
namespace {

constexpr std::uint32_t kMaxItems = 4096;

constexpr std::array<std::string_view, static_cast<std::size_t>(Atom::Count)> kAtomNames = {
    "_NET_ACTIVE_WINDOW",
    "_NET_CLIENT_LIST",
    "_NET_SUPPORTING_WM_CHECK",
    "_NET_WM_NAME",
    "_NET_WM_STATE",
    "_NET_WM_WINDOW_TYPE",
    "_NET_WM_WINDOW_TYPE_DESKTOP",
    "_NET_WM_WINDOW_TYPE_DOCK",
    "UTF8_STRING",
    "WM_STATE",
};

const xcb_screen_t* screen_of(xcb_connection_t* connection, int number) {
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
  for (; screens.rem > 1 && number > 0; --number) xcb_screen_next(&screens);
  return screens.data;
}

Error missing_extension(std::string_view name) {
  return {ErrorCode::Unsupported, "the X server lacks the extension " + std::string(name) +
                                      ", which capturing needs: enable it, or use another server"};
}

XcbPtr<xcb_get_property_reply_t> read_property(const XConnection& x, xcb_window_t window,
                                               xcb_atom_t property, std::uint32_t words) {
  return wait_for_reply(
      x, xcb_get_property(x.get(), 0, window, property, XCB_GET_PROPERTY_TYPE_ANY, 0, words),
      xcb_get_property_reply);
}

}  // namespace

Result<std::unique_ptr<XConnection>> XConnection::open(const std::string& display) {
  const char* named = display.empty() ? std::getenv("DISPLAY") : display.c_str();
  if (named == nullptr || *named == '\0') {
    return Error{ErrorCode::InvalidArgument,
                 "no X server is named: set the environment variable DISPLAY, as in DISPLAY=:0"};
  }
  int number = 0;
  std::unique_ptr<XConnection> x(new XConnection);
  x->connection_.reset(xcb_connect(named, &number));
  if (!x->alive()) {
    return Error{ErrorCode::Unavailable,
                 "the X server '" + std::string(named) +
                     "' cannot be reached: check DISPLAY and the permission to use it (xhost, "
                     "XAUTHORITY)",
                 "xcb", xcb_connection_has_error(x->get())};
  }
  x->screen_ = screen_of(x->get(), number);
  if (const auto done = x->use_extensions(); !done) return done.error();
  if (const auto done = x->check_pixels(); !done) return done.error();
  x->intern_atoms();
  return x;
}

Result<void> XConnection::use_extensions() {
  const auto damage = xcb_get_extension_data(get(), &xcb_damage_id);
  const auto xfixes = xcb_get_extension_data(get(), &xcb_xfixes_id);
  const auto randr = xcb_get_extension_data(get(), &xcb_randr_id);
  const auto composite = xcb_get_extension_data(get(), &xcb_composite_id);
  if (damage == nullptr || !damage->present) return missing_extension("DAMAGE");
  if (xfixes == nullptr || !xfixes->present) return missing_extension("XFIXES");
  if (randr == nullptr || !randr->present) return missing_extension("RANDR");
  if (composite == nullptr || !composite->present) return missing_extension("Composite");
  damage_base_ = damage->first_event;
  xfixes_base_ = xfixes->first_event;
  randr_base_ = randr->first_event;
  // A server serves no request of an extension whose version was not agreed upon.
  const auto damage_version = xcb_damage_query_version(get(), 1, 1);
  const auto xfixes_version = xcb_xfixes_query_version(get(), 4, 0);
  const auto randr_version = xcb_randr_query_version(get(), 1, 5);
  const auto composite_version = xcb_composite_query_version(get(), 0, 4);
  if (!wait_for_reply(*this, damage_version, xcb_damage_query_version_reply)) {
    return missing_extension("DAMAGE 1.1");
  }
  if (!wait_for_reply(*this, xfixes_version, xcb_xfixes_query_version_reply)) {
    return missing_extension("XFIXES 4");
  }
  const auto monitors = wait_for_reply(*this, randr_version, xcb_randr_query_version_reply);
  if (!monitors || (monitors->major_version == 1 && monitors->minor_version < 5)) {
    return missing_extension("RANDR 1.5");
  }
  const auto pixmaps = wait_for_reply(*this, composite_version, xcb_composite_query_version_reply);
  if (!pixmaps || (pixmaps->major_version == 0 && pixmaps->minor_version < 2)) {
    return missing_extension("Composite 0.2");
  }
  return {};
}

Result<void> XConnection::check_pixels() const {
  if (has_rgb_pixels(screen_->root_visual)) return {};
  return Error{ErrorCode::Unsupported,
               "the X server has pixels of " + std::to_string(screen_->root_depth) +
                   " bits; only 24-bit colour in 32-bit words can be captured"};
}

bool XConnection::has_rgb_pixels(xcb_visualid_t visual) const {
  const xcb_setup_t* setup = xcb_get_setup(get());
  if (setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST) return false;
  auto depths = xcb_screen_allowed_depths_iterator(screen_);
  for (; depths.rem > 0; xcb_depth_next(&depths)) {
    auto visuals = xcb_depth_visuals_iterator(depths.data);
    for (; visuals.rem > 0; xcb_visualtype_next(&visuals)) {
      if (visuals.data->visual_id != visual) continue;
      return (depths.data->depth == 24 || depths.data->depth == 32) &&
             visuals.data->red_mask == 0xff0000 && visuals.data->green_mask == 0xff00 &&
             visuals.data->blue_mask == 0xff;
    }
  }
  return false;
}

void XConnection::intern_atoms() {
  std::array<xcb_intern_atom_cookie_t, kAtomNames.size()> cookies;
  for (std::size_t i = 0; i < kAtomNames.size(); ++i) {
    cookies[i] = xcb_intern_atom(get(), 0, static_cast<std::uint16_t>(kAtomNames[i].size()),
                                 kAtomNames[i].data());
  }
  for (std::size_t i = 0; i < kAtomNames.size(); ++i) {
    const auto atom = wait_for_reply(*this, cookies[i], xcb_intern_atom_reply);
    atoms_[i] = atom ? atom->atom : xcb_atom_t{XCB_ATOM_NONE};
  }
}

std::vector<std::uint32_t> read_items(const XConnection& x, xcb_window_t window,
                                      xcb_atom_t property) {
  const auto reply = read_property(x, window, property, kMaxItems);
  if (!reply || reply->format != 32) return {};
  const auto* items = static_cast<const std::uint32_t*>(xcb_get_property_value(reply.get()));
  return {items, items + reply->value_len};
}

std::string read_text(const XConnection& x, xcb_window_t window, xcb_atom_t property) {
  const auto reply = read_property(x, window, property, kMaxItems / 4);
  if (!reply || reply->format != 8) return {};
  return {static_cast<const char*>(xcb_get_property_value(reply.get())), reply->value_len};
}

}  // namespace streamkit::desktop
