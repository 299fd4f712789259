#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// What a part of an audio or video message holds. It refers to the bytes of the message.
struct MediaTag {
  enum class Type { Config, Frame, Other };

  Type type = Type::Other;
  /// The FourCC: "avc1", "hvc1", "av01", "mp4a"; otherwise a name for people.
  std::string_view codec;
  /// 0 without multitrack.
  std::uint8_t track_id = 0;
  /// How much later than decoding the frame is shown.
  std::int32_t composition_ms = 0;
  /// To be added to the message's timestamp.
  std::uint32_t offset_ns = 0;
  bool marked_keyframe = false;
  ByteView payload = {};
};

/// Reads the body of a video message, which may hold several tracks. Returns nothing if it is
/// malformed. Sources: Adobe's FLV specification 10.1, E.4.3; Enhanced RTMP v2, "Enhanced Video".
[[nodiscard]] std::optional<std::vector<MediaTag>> read_video_message(ByteView body);

/// Reads the body of an audio message, which is not empty. Sources: Adobe's FLV specification 10.1,
/// E.4.2; Enhanced RTMP v2, "Enhanced Audio".
[[nodiscard]] std::optional<std::vector<MediaTag>> read_audio_message(ByteView body);

}  // namespace streamkit::rtmp
