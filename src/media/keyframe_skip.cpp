#include "media/keyframe_skip.hpp"

#include <utility>

namespace streamkit::media {

std::vector<PacketPtr> KeyframeSkip::take(PacketPtr packet, AVRational base, MediaTime origin) {
  constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
  const auto time_of = [&](std::int64_t stamp, std::int64_t other) {
    const std::int64_t known = stamp != AV_NOPTS_VALUE ? stamp : other;
    return known == AV_NOPTS_VALUE ? MediaTime{0} : to_media_time(known, base) - origin;
  };
  const bool keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0;
  if (!done_ && keyframe && time_of(packet->pts, packet->dts) <= start_) {
    waiting_.clear();
    bytes_ = 0;
  }
  // Packets that are decoded from here on need no keyframe at or before the start.
  const bool reached = time_of(packet->dts, packet->pts) >= start_;
  bytes_ += static_cast<std::size_t>(packet->size);
  waiting_.push_back(std::move(packet));
  done_ = done_ || reached || bytes_ > kMaxBytes;
  return done_ ? finish() : std::vector<PacketPtr>();
}

std::vector<PacketPtr> KeyframeSkip::finish() { return std::exchange(waiting_, {}); }

}  // namespace streamkit::media
