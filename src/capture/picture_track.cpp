#include "capture/picture_track.hpp"

namespace streamkit::capture {

Result<std::unique_ptr<PictureTrack>> PictureTrack::open(TrackFeed& feed, FrameRate rate,
                                                         bool keep_hdr, const Context& context) {
  auto pictures = media::PictureDecoder::open(
      feed.file(), {.constant_rate = rate, .context = context, .keep_hdr = keep_hdr});
  if (!pictures) return pictures.error();
  std::unique_ptr<PictureTrack> track(new PictureTrack(feed));
  track->pictures_ = std::move(*pictures);
  return track;
}

Result<std::optional<VideoFrame>> PictureTrack::next() {
  for (;;) {
    auto picture = pictures_->next();
    if (!picture) return picture.error();
    if (*picture != nullptr) {
      // Timestamps are computed from the number of the frame and not taken from the filter, so that
      // they are exact at every rate.
      const FrameRate rate = format().frame_rate;
      const std::int64_t n = next_frame_++;
      const MediaTime pts = rate.time_of(n);
      return std::optional(
          media::share_frame(std::move(*picture), format(), pts, rate.time_of(n + 1) - pts));
    }
    if (pictures_->finished()) {
      if (next_frame_ == 0) return pictures_->no_picture();
      return std::optional<VideoFrame>();
    }
    auto packet = feed_.read(TrackKind::Video);
    if (!packet) return packet.error();
    pictures_->push(packet->get());
  }
}

}  // namespace streamkit::capture
