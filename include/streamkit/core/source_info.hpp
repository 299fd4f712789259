#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

enum class SourceKind { Screen, Window, Camera, Microphone, SystemAudio };

/// Returns the kind's name in JSON and flags, as in "system_audio".
STREAMKIT_API [[nodiscard]] std::string_view to_string(SourceKind kind) noexcept;
/// Returns nothing if no kind has this name.
STREAMKIT_API [[nodiscard]] std::optional<SourceKind> parse_source_kind(
    std::string_view name) noexcept;

/// A device that can be captured, as lists of sources show it.
struct STREAMKIT_API SourceInfo {
  /// Names the device for opening it. The same over restarts of this program for as long as the
  /// device, or the window, exists. Of visible ASCII, without space or comma.
  std::string id;
  SourceKind kind = SourceKind::Screen;
  /// Its name for people: a window's title, a monitor's or an audio device's description. UTF-8.
  std::string name;
  /// The program that a window belongs to; empty if unknown.
  std::string application = {};
  /// Size of the frames now; 0 for audio.
  int width_px = 0;
  int height_px = 0;
  /// Taken when nothing of its kind is named.
  bool is_default = false;
};

}  // namespace streamkit
