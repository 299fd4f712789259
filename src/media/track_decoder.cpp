#include "media/track_decoder.hpp"

#include <cstring>
#include <streamkit/media/decoder.hpp>
#include <utility>

#include "media/ffmpeg_error.hpp"

namespace streamkit::media {
namespace {

// Returns a padded copy, because decoders read beyond the end of a packet.
Result<PacketPtr> padded_packet(const Packet& packet) {
  PacketPtr coded(av_packet_alloc());
  if (coded == nullptr) return out_of_memory();
  if (const int code = av_new_packet(coded.get(), static_cast<int>(packet.data.size())); code < 0) {
    return ffmpeg_error(code, "cannot allocate a packet");
  }
  if (!packet.data.empty()) std::memcpy(coded->data, packet.data.data(), packet.data.size());
  coded->pts = packet.pts.count();
  coded->dts = packet.dts.count();
  coded->duration = packet.duration.count();
  if (packet.keyframe) coded->flags |= AV_PKT_FLAG_KEY;
  return coded;
}

}  // namespace

Result<std::vector<VideoFrame>> TrackDecoder::push(const Packet& packet) {
  // FFmpeg would treat an empty packet as the end of the stream.
  if (packet.track != TrackKind::Video || packet.data.empty()) return std::vector<VideoFrame>();
  auto coded = padded_packet(packet);
  if (!coded) return coded.error();
  return push(**coded);
}

Result<std::vector<VideoFrame>> TrackDecoder::push(const AVPacket& coded) { return decode(&coded); }

Result<std::vector<VideoFrame>> TrackDecoder::flush() {
  auto frames = decode(nullptr);
  if (frames && !any_frame_) return pictures_->no_picture();
  return frames;
}

Result<std::vector<VideoFrame>> TrackDecoder::decode(const AVPacket* coded) {
  pictures_->push(coded);
  std::vector<VideoFrame> frames;
  for (;;) {
    auto picture = pictures_->next();
    if (!picture) return picture.error();
    if (*picture == nullptr) break;
    const MediaTime pts{(*picture)->pts};
    const MediaTime duration{(*picture)->pkt_duration};
    frames.push_back(share_frame(std::move(*picture), format(), pts, duration));
  }
  any_frame_ = any_frame_ || !frames.empty();
  return frames;
}

Result<std::unique_ptr<Decoder>> open_decoder(const VideoTrack& track,
                                              const DecoderOptions& options) {
  if (options.threads < 0 || options.threads > 128) {
    return Error{ErrorCode::InvalidArgument, "threads must be from 0 to 128"};
  }
  auto pictures = PictureDecoder::open(track, options.threads);
  if (!pictures) return pictures.error();
  return std::unique_ptr<Decoder>(std::make_unique<TrackDecoder>(std::move(*pictures)));
}

}  // namespace streamkit::media
