#include "capture/picture_track.hpp"

namespace streamkit::capture {

Result<std::unique_ptr<PictureTrack>> PictureTrack::open(const std::filesystem::path& path,
                                                         std::optional<FrameRate> rate,
                                                         const media::TrackChoice& tracks) {
  media::InputOptions options;
  options.tracks = tracks;
  auto file = media::InputFile::open(path, options);
  if (!file) return file.error();
  std::unique_ptr<PictureTrack> track(new PictureTrack);
  track->file_ = std::move(*file);
  AVStream* stream = track->file_->video();
  auto pictures = media::PictureDecoder::open(
      *track->file_, rate.value_or(media::constant_frame_rate(track->file_->context(), stream)));
  if (!pictures) return pictures.error();
  track->pictures_ = std::move(*pictures);
  track->file_->keep_only(stream);
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
    auto packet = file_->read();
    if (!packet) return packet.error();
    pictures_->push(packet->get());
  }
}

}  // namespace streamkit::capture
