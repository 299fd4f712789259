#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/rtmp/server_session.hpp>
#include <vector>

namespace {

using streamkit::Packet;
using streamkit::TrackKind;
using streamkit::rtmp::Event;

// Whatever comes, the packets of a track are in order.
class Order {
 public:
  void check(const std::vector<Event>& events) {
    for (const Event& event : events) {
      const Packet* packet = std::get_if<Packet>(&event);
      if (packet == nullptr) continue;
      auto& last = last_[packet->track == TrackKind::Video ? 0 : 1];
      if (packet->dts <= last || packet->pts < packet->dts || packet->data.empty()) std::abort();
      last = packet->dts;
    }
  }
  void restart() {
    for (auto& last : last_) last = streamkit::MediaTime::min();
  }

 private:
  streamkit::MediaTime last_[2] = {streamkit::MediaTime::min(), streamkit::MediaTime::min()};
};

}  // namespace

// The first byte selects the size of the parts in which the rest is received, and whether a
// handshake comes before it. Every publisher is accepted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 128U;
  streamkit::rtmp::ServerSession session;
  if (data[0] < 128) {
    std::vector<std::uint8_t> handshake(1 + 2 * 1536, 0);
    handshake[0] = 3;
    session.receive(handshake);
  }
  Order order;
  for (std::size_t at = 1; at < size; at += step) {
    auto events = session.receive({data + at, std::min(step, size - at)});
    order.check(events);
    while (!events.empty() &&
           std::holds_alternative<streamkit::rtmp::PublishRequested>(events.back())) {
      order.restart();
      events = session.accept_publish();
      order.check(events);
    }
    (void)session.take_output();
  }
  return 0;
}
