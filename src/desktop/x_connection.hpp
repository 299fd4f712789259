#pragma once

#include <xcb/composite.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/xfixes.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "desktop/xcb_handles.hpp"

namespace streamkit::desktop {

/// The properties that this room reads.
enum class Atom {
  ActiveWindow,
  ClientList,
  NetSupportingWmCheck,
  NetWmName,
  NetWmState,
  NetWmWindowType,
  NetWmWindowTypeDesktop,
  NetWmWindowTypeDock,
  Utf8String,
  WmState,
  Count
};

/// A connection to an X server that has all extensions that capturing needs. Requests about a
/// window that is gone give no reply, nothing worse. Thread-safety: one thread at a time.
class XConnection {
 public:
  /// Errors: InvalidArgument, Unavailable, Unsupported.
  static Result<std::unique_ptr<XConnection>> open(const std::string& display);

  [[nodiscard]] xcb_connection_t* get() const noexcept { return connection_.get(); }
  [[nodiscard]] xcb_window_t root() const noexcept { return screen_->root; }
  /// False once the server went away.
  [[nodiscard]] bool alive() const noexcept { return xcb_connection_has_error(get()) == 0; }
  [[nodiscard]] xcb_atom_t atom(Atom name) const noexcept {
    return atoms_[static_cast<std::size_t>(name)];
  }
  /// Whether pixels of `visual` are 32-bit words of 0xRRGGBB.
  [[nodiscard]] bool has_rgb_pixels(xcb_visualid_t visual) const;

  [[nodiscard]] std::uint8_t damage_notify() const noexcept {
    return damage_base_ + XCB_DAMAGE_NOTIFY;
  }
  [[nodiscard]] std::uint8_t cursor_notify() const noexcept {
    return xfixes_base_ + XCB_XFIXES_CURSOR_NOTIFY;
  }
  [[nodiscard]] std::uint8_t screen_change_notify() const noexcept {
    return randr_base_ + XCB_RANDR_SCREEN_CHANGE_NOTIFY;
  }
  [[nodiscard]] std::uint8_t randr_notify() const noexcept {
    return randr_base_ + XCB_RANDR_NOTIFY;
  }

 private:
  XConnection() = default;
  Result<void> use_extensions();
  Result<void> check_pixels() const;
  void intern_atoms();

  XcbPtr<xcb_connection_t> connection_;
  const xcb_screen_t* screen_ = nullptr;
  std::array<xcb_atom_t, static_cast<std::size_t>(Atom::Count)> atoms_ = {};
  std::uint8_t damage_base_ = 0;
  std::uint8_t xfixes_base_ = 0;
  std::uint8_t randr_base_ = 0;
};

/// Waits for the reply to a request. Null: the server reported an error, or went away.
template <typename Reply, typename Cookie>
[[nodiscard]] XcbPtr<Reply> wait_for_reply(const XConnection& x, Cookie cookie,
                                           Reply* (*get)(xcb_connection_t*, Cookie,
                                                         xcb_generic_error_t**)) {
  return XcbPtr<Reply>(get(x.get(), cookie, nullptr));
}

/// Whether a request without a reply succeeded.
[[nodiscard]] inline bool succeeded(const XConnection& x, xcb_void_cookie_t checked) {
  return XcbPtr<xcb_generic_error_t>(xcb_request_check(x.get(), checked)) == nullptr && x.alive();
}

/// A property's 32-bit items, at most 4096; empty if it is missing.
[[nodiscard]] std::vector<std::uint32_t> read_items(const XConnection& x, xcb_window_t window,
                                                    xcb_atom_t property);
/// A property's bytes, at most 4096; empty if it is missing.
[[nodiscard]] std::string read_text(const XConnection& x, xcb_window_t window, xcb_atom_t property);

}  // namespace streamkit::desktop
