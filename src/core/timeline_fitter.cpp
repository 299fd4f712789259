#include <algorithm>
#include <streamkit/core/timeline_fitter.hpp>
#include <utility>

namespace streamkit {

Result<void> TimelineFitter::write(Packet packet) {
  packet.pts += place_.shift;
  packet.dts += place_.shift;
  if (packet.track == TrackKind::Video) {
    video_end_ = std::max(video_end_, packet.pts + packet.duration);
    return next_.write(std::move(packet));
  }
  if (!place_.audio_start && packet.pts < MediaTime{0}) place_.audio_start = MediaTime{0};
  if (!place_.audio_start) return next_.write(std::move(packet));
  sound_.push_back(std::move(packet));
  return {};
}

Result<void> TimelineFitter::finish() {
  // Containers shorten the last packet, and some also the first; a decoder outputs all of it.
  MediaTime packet_duration{0};
  for (const Packet& packet : sound_) packet_duration = std::max(packet_duration, packet.duration);
  // A packet belongs here if most of it is between the end of the previous audio and the end of the
  // video.
  std::optional<MediaTime> closing;
  for (Packet& packet : sound_) {
    packet.duration = packet_duration;
    const MediaTime middle = packet.pts + packet.duration / 2;
    if (middle <= *place_.audio_start || middle > video_end_) continue;
    if (!closing) {
      const MediaTime gap = packet.pts - *place_.audio_start;
      closing = std::chrono::abs(gap) <= packet.duration / 2 ? -gap : MediaTime{0};
    }
    packet.pts += *closing;
    packet.dts += *closing;
    if (auto written = next_.write(std::move(packet)); !written) return written;
  }
  sound_.clear();
  return {};
}

}  // namespace streamkit
