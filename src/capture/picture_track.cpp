#include "capture/picture_track.hpp"

#include "media/ffmpeg_error.hpp"

namespace streamkit::capture {

using media::ffmpeg_error;

Result<std::unique_ptr<PictureTrack>> PictureTrack::open(const std::filesystem::path& path,
                                                         std::optional<FrameRate> rate) {
  auto file = media::InputFile::open(path);
  if (!file) return file.error();
  std::unique_ptr<PictureTrack> track(new PictureTrack);
  track->file_ = std::move(*file);
  AVStream* stream = track->file_->video();
  auto decoder = media::open_decoder(stream);
  if (!decoder) return decoder.error().with_context(track->file_->name());
  track->decoder_ = std::move(*decoder);
  track->decoded_.reset(av_frame_alloc());
  if (track->decoded_ == nullptr) return media::out_of_memory();

  AVFormatContext* context = track->file_->context();
  const int rotation = media::upright_rotation(stream);
  const media::PictureSize size = media::upright_size(context, stream, rotation);
  const FrameRate chosen = rate.value_or(media::constant_frame_rate(context, stream));
  const AVFieldOrder order = stream->codecpar->field_order;
  const bool interlaced = order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
  auto normalizer =
      media::VideoNormalizer::create({size.width_px, size.height_px, rotation, interlaced, chosen});
  if (!normalizer) return normalizer.error();
  track->normalizer_ = std::move(*normalizer);
  track->format_.width_px = size.width_px;
  track->format_.height_px = size.height_px;
  track->format_.frame_rate = chosen;
  track->format_.matrix =
      media::color_matrix(stream->codecpar->color_space, stream->codecpar->height);
  track->file_start_ = track->file_->start();
  track->file_->keep_only(stream);
  return track;
}

Result<std::optional<VideoFrame>> PictureTrack::next() {
  for (;;) {
    auto picture = normalizer_->pull();
    if (!picture) return picture.error();
    if (*picture != nullptr) {
      // The grid is counted, not taken from the filter: exact for every rate.
      const std::int64_t n = next_frame_++;
      const MediaTime pts = format_.frame_rate.time_of(n);
      return std::optional(media::share_frame(std::move(*picture), format_, pts,
                                              format_.frame_rate.time_of(n + 1) - pts));
    }
    if (finished_) {
      if (next_frame_ > 0) return std::optional<VideoFrame>();
      return Error{ErrorCode::CorruptData, "no picture of " + file_->name() + " can be decoded"};
    }
    if (auto done = receive(); !done) return done.error();
  }
}

Result<void> PictureTrack::feed() {
  auto packet = file_->read();
  if (!packet) return packet.error();
  if (*packet == nullptr) {
    avcodec_send_packet(decoder_.get(), nullptr);
    draining_ = true;
  } else if (avcodec_send_packet(decoder_.get(), packet->get()) < 0) {
    ++damaged_packets_;
  }
  return {};
}

Result<void> PictureTrack::receive() {
  const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
  if (code == AVERROR(EAGAIN)) return feed();
  if (code == AVERROR_EOF) {
    finished_ = true;
    return normalizer_->flush();
  }
  if (code < 0) {
    ++damaged_packets_;
    if (!draining_) return {};
    finished_ = true;
    return normalizer_->flush();
  }
  const std::int64_t ticks = decoded_->best_effort_timestamp;
  const AVRational base = file_->video()->time_base;
  const MediaTime pts =
      ticks == AV_NOPTS_VALUE ? next_input_pts_ : media::to_media_time(ticks, base) - file_start_;
  const MediaTime duration = decoded_->pkt_duration > 0
                                 ? media::to_media_time(decoded_->pkt_duration, base)
                                 : format_.frame_rate.frame_duration();
  next_input_pts_ = pts + duration;
  decoded_->pts = pts.count();
  decoded_->pkt_duration = duration.count();
  auto pushed = normalizer_->push(decoded_.get());
  av_frame_unref(decoded_.get());
  return pushed;
}

}  // namespace streamkit::capture
