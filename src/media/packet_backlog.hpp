#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <streamkit/core/packet.hpp>
#include <streamkit/media/cmaf_packager.hpp>
#include <utility>
#include <vector>

namespace streamkit::media {

struct HeldPacket {
  Packet packet;
  CmafPackager::TimePoint arrived;
};

/// Packets that wait, in the order in which they came.
class PacketBacklog {
 public:
  void push(Packet packet, CmafPackager::TimePoint arrived) {
    bytes_ += packet.data.size();
    packets_.push_back({std::move(packet), arrived});
  }
  HeldPacket pop() {
    HeldPacket held = std::move(packets_.front());
    packets_.pop_front();
    bytes_ -= held.packet.data.size();
    return held;
  }
  std::deque<HeldPacket> take() {
    bytes_ = 0;
    return std::exchange(packets_, {});
  }
  [[nodiscard]] bool empty() const noexcept { return packets_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return packets_.size(); }
  [[nodiscard]] const Packet& front() const noexcept { return packets_.front().packet; }
  [[nodiscard]] const std::deque<HeldPacket>& packets() const noexcept { return packets_; }
  /// Returns whether no more should wait.
  [[nodiscard]] bool is_full() const noexcept {
    return packets_.size() >= kMostPackets || bytes_ >= kMostBytes;
  }

 private:
  static constexpr std::size_t kMostPackets = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  std::deque<HeldPacket> packets_;
  std::size_t bytes_ = 0;
};

/// What the first packets of the leading track show. Times are the publisher's.
struct RunOpening {
  MediaTime start{0};  // where the first picture is shown
  MediaTime delay{0};  // from decoding to presentation, with `shift`
  MediaTime shift{0};  // by which decoding must be earlier, so that it is before presentation
  std::vector<MediaTime> decoding_times = {};
  CmafPackager::TimePoint arrived = {};
};

/// Precondition: not empty.
[[nodiscard]] inline RunOpening opening_of(const PacketBacklog& packets) {
  RunOpening opening;
  const Packet& first = packets.front();
  opening.arrived = packets.packets().front().arrived;
  for (const HeldPacket& held : packets.packets()) {
    opening.decoding_times.push_back(held.packet.dts);
    opening.shift = std::max(opening.shift, held.packet.dts - held.packet.pts);
  }
  opening.start = first.pts;
  opening.delay = first.pts - first.dts + opening.shift;
  return opening;
}

}  // namespace streamkit::media
