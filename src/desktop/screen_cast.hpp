#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "desktop/portal_bus.hpp"

// The interface org.freedesktop.portal.ScreenCast of the desktop portal.
// Source: its documentation in xdg-desktop-portal, versions 1 to 5.
namespace streamkit::desktop {

enum class CastKind : std::uint32_t { Screen = 1, Window = 2 };

enum class CursorMode : std::uint32_t { Hidden = 1, Embedded = 2 };

/// What the portal of this desktop can do: sums of the values above.
struct CastAbilities {
  std::uint32_t kinds = 0;
  std::uint32_t cursor_modes = 0;
  std::uint32_t version = 0;

  [[nodiscard]] bool has(CastKind kind) const noexcept {
    return (kinds & static_cast<std::uint32_t>(kind)) != 0;
  }
  [[nodiscard]] bool has(CursorMode mode) const noexcept {
    return (cursor_modes & static_cast<std::uint32_t>(mode)) != 0;
  }
  /// Whether a choice of the user can be restored.
  [[nodiscard]] bool can_restore() const noexcept { return version >= 4; }
};

/// Asks the portal. Errors: Unavailable (there is no portal), Unsupported (it cannot capture),
/// Timeout, Cancelled.
Result<CastAbilities> cast_abilities(PortalBus& bus, const PortalWait& wait);

struct CastRequest {
  CastKind kind = CastKind::Screen;
  bool draw_cursor = true;
  /// Of an earlier cast; empty: none.
  std::string restore_token = {};
};

/// A screen or window that the user has allowed to capture, for as long as this exists.
/// Thread-safety: one thread at a time.
class ScreenCast {
 public:
  /// Asks the user, unless the portal restores an earlier choice, and waits for the response. `bus`
  /// must outlive the cast. Errors: PermissionDenied (the user declined); NotFound (the portal
  /// has no sources of this kind); Unavailable; Timeout (no response); Cancelled.
  static Result<std::unique_ptr<ScreenCast>> start(PortalBus& bus, const CastRequest& request,
                                                   const PortalWait& wait);
  ~ScreenCast();
  ScreenCast(const ScreenCast&) = delete;
  ScreenCast& operator=(const ScreenCast&) = delete;

  /// The connection to PipeWire on which the stream can be seen. It is handed over.
  [[nodiscard]] int take_remote() noexcept { return remote_.release(); }
  /// The number of the stream's node.
  [[nodiscard]] std::uint32_t node() const noexcept { return node_; }
  /// Restores the user's choice once; empty if that is not allowed.
  [[nodiscard]] const std::string& restore_token() const noexcept { return restore_token_; }
  /// Whether the desktop has ended the cast.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  explicit ScreenCast(PortalBus& bus) : bus_(bus) {}

  Result<void> create_session(const PortalWait& wait);
  Result<void> select_sources(const CastRequest& request, const CastAbilities& abilities,
                              const PortalWait& wait);
  Result<void> ask_user(const PortalWait& wait);
  Result<void> open_remote(const PortalWait& wait);
  Result<void> watch_session();

  PortalBus& bus_;
  std::string session_;
  BusSlotPtr closed_;
  FileDescriptor remote_;
  std::uint32_t node_ = 0;
  std::string restore_token_;
  bool ended_ = false;
};

}  // namespace streamkit::desktop
