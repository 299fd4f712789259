#pragma once

#include <spa/pod/pod.h>

#include <array>
#include <cstdint>
#include <optional>
#include <streamkit/core/media_time.hpp>

#include "desktop/pixel_layout.hpp"

// What is agreed with a video stream of PipeWire.
namespace streamkit::desktop {

struct StreamFormat {
  int width_px = 0;
  int height_px = 0;
  PixelLayout layout;

  friend bool operator==(const StreamFormat&, const StreamFormat&) = default;
};

/// The layout of a format of spa/param/video/raw.h; nothing if it is not one that is converted.
[[nodiscard]] std::optional<PixelLayout> layout_of(std::uint32_t spa_format);

/// Memory that parameters are built in.
using ParameterStorage = std::array<std::uint8_t, 1024>;

/// The formats that can be converted, at up to this rate, of up to 8192x8192. It is in `storage`.
[[nodiscard]] const spa_pod* offered_formats(FrameRate most_frames, ParameterStorage& storage);

/// Nothing if it is not a format that was offered.
[[nodiscard]] std::optional<StreamFormat> parse_stream_format(const spa_pod* format);

/// Buffers in shared memory, and what to state with each of them. They are in `storage`.
[[nodiscard]] std::array<const spa_pod*, 4> buffer_parameters(ParameterStorage& storage);

}  // namespace streamkit::desktop
