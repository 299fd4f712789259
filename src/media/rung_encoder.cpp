#include "media/rung_encoder.hpp"

#include <utility>

#include "media/encoder_choice.hpp"

namespace streamkit::media {

RungEncoder::RungEncoder(const EncoderBackend& backend, EncoderOptions options,
                         const VideoFormat& source, std::size_t max_waiting_frames, Output output)
    : backend_(backend),
      options_(std::move(options)),
      source_(source),
      max_waiting_frames_(max_waiting_frames),
      output_(std::move(output)),
      waiting_(max_waiting_frames) {}

Result<std::unique_ptr<RungEncoder>> RungEncoder::open(const EncoderOptions& options,
                                                       const VideoFormat& source,
                                                       std::size_t max_waiting_frames,
                                                       Output output) {
  const auto backend = backend_of(options, source);
  if (!backend) return backend.error();
  std::unique_ptr<RungEncoder> rung(
      new RungEncoder(**backend, options, source, max_waiting_frames, std::move(output)));
  auto encoder = VideoEncoder::open(**backend, options, source);
  if (!encoder) return encoder.error();
  rung->encoder_ = std::move(*encoder);
  rung->track_ = rung->encoder_->track();
  rung->thread_ =
      std::jthread([self = rung.get()](const std::stop_token& stop) { self->run(stop); });
  return rung;
}

RungEncoder::~RungEncoder() = default;

void RungEncoder::offer(const VideoFrame& frame, bool keyframe) {
  keyframe_missed_ = keyframe_missed_ || keyframe;
  // Only this thread adds frames, so that there is room if there was.
  if (waiting_.size() >= max_waiting_frames_ || !waiting_.push({frame, keyframe_missed_})) {
    ++dropped_;
    return;
  }
  keyframe_missed_ = false;
}

void RungEncoder::finish() {
  waiting_.close();
  if (thread_.joinable()) thread_.join();
}

void RungEncoder::run(const std::stop_token& stop) {
  while (auto item = waiting_.pop(stop)) {
    std::vector<Packet> packets;
    if (auto encoded = encode(*item, packets); !encoded) {
      output_(encoded.error());
      waiting_.close();
      return;
    }
    frames_ += packets.size();
    if (!packets.empty()) output_(std::move(packets));
  }
  if (stop.stop_requested()) return;
  std::vector<Packet> packets;
  if (auto flushed = encoder_->flush(packets); !flushed) return output_(flushed.error());
  frames_ += packets.size();
  output_(std::move(packets));
}

Result<void> RungEncoder::encode(const Item& item, std::vector<Packet>& packets) {
  if (last_ && item.frame.pts <= *last_) {
    if (auto restarted = start_over(packets); !restarted) return restarted;
  }
  last_ = item.frame.pts;
  if (item.keyframe) encoder_->force_keyframe();
  return encoder_->push(item.frame, packets);
}

// An encoder does not go back in time.
Result<void> RungEncoder::start_over(std::vector<Packet>& packets) {
  if (auto flushed = encoder_->flush(packets); !flushed) return flushed;
  auto encoder = VideoEncoder::open(backend_, options_, source_);
  if (!encoder) return encoder.error();
  encoder_ = std::move(*encoder);
  return {};
}

}  // namespace streamkit::media
