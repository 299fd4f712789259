#include <algorithm>
#include <deque>
#include <streamkit/capture/file_source.hpp>
#include <utility>

#include "capture/pacer.hpp"
#include "capture/picture_track.hpp"
#include "capture/sound_track.hpp"
#include "capture/track_feed.hpp"
#include "media/picture_rate.hpp"

namespace streamkit::capture {
namespace {

constexpr AudioFormat kSound{48'000, 2};

class FileSource final : public Source {
 public:
  FileSource(FileSourceOptions options, Context context)
      : options_(std::move(options)), context_(context), pacer_(options_.pacing, context) {}

  Result<void> open() {
    if (auto opened = open_pass(); !opened) return opened;
    format_ = {pictures_->format(), kSound, pictures_->hdr()};
    const media::TrackReport tracks = feed_->file().tracks();
    if (!tracks.left_out.empty()) {
      context_.log(LogLevel::Warning, "tracks of the file are left out",
                   {{"path", feed_->file().name()},
                    {"captured", media::join_names(tracks.taken)},
                    {"left_out", media::join_names(tracks.left_out)}});
    }
    return {};
  }

  const SourceFormat& format() const noexcept override { return format_; }

  Result<SourceItem> read(std::stop_token stop) override {
    feed_->stop_with(stop);
    auto item = next();
    if (!item) return item;
    if (!pacer_.wait_for(time_of(*item), stop)) {
      return Error{ErrorCode::Cancelled, "capture stopped"};
    }
    return item;
  }

 private:
  // Begins a pass, which is one run through the file. With `loop`, the next pass follows on the
  // timeline.
  Result<void> open_pass() {
    const Context once = pictures_ == nullptr ? context_ : Context{};
    media::InputOptions input;
    input.tracks = options_.tracks;
    input.start_at_zero = true;
    input.context = context_;
    input.stop = options_.stop;
    input.allow_playlists = options_.allow_playlists;
    auto feed = TrackFeed::open(options_.path, input);
    if (!feed) return feed.error();
    if (options_.loop && (*feed)->file().is_pipe()) {
      return Error{
          ErrorCode::InvalidArgument,
          (*feed)->file().name() + " is a pipe or URL, which cannot be read again in a loop"};
    }
    if (!rate_) rate_ = choose_rate((*feed)->file());
    auto pictures = PictureTrack::open(**feed, *rate_, options_.keep_hdr, once);
    if (!pictures) return pictures.error();
    auto sound = SoundTrack::open(**feed, kSound);
    if (!sound) return sound.error();
    pictures_ = std::move(*pictures);
    sound_ = std::move(*sound);
    feed_ = std::move(*feed);
    sounds_.clear();
    pictures_ended_ = false;
    sound_ended_ = sound_ == nullptr;
    return {};
  }

  FrameRate choose_rate(const media::InputFile& file) const {
    if (options_.frame_rate) return *options_.frame_rate;
    return options_.stated_rate ? media::stated_frame_rate(file) : media::lossless_frame_rate(file);
  }

  MediaTime picture_time(std::int64_t n) const { return format_.video.frame_rate.time_of(n); }
  MediaTime sound_time() const { return from_ticks(next_sample_, 1, kSound.sample_rate_hz); }

  static MediaTime time_of(const SourceItem& item) {
    if (const auto* frame = std::get_if<VideoFrame>(&item)) return frame->pts;
    if (const auto* frame = std::get_if<AudioFrame>(&item)) return frame->pts;
    return MediaTime{0};
  }

  Result<SourceItem> next() {
    for (;;) {
      if (auto filled = look_ahead(); !filled) return filled.error();
      const MediaTime pictures_end = picture_time(next_picture_);
      if (next_frame_ && pictures_end <= sound_time()) return take_picture();
      if (sound_time() < pictures_end) {
        if (auto item = take_sound(pictures_end)) return std::move(*item);
      }
      if (next_frame_) return take_picture();
      if (!options_.loop || complete()) return SourceItem{EndOfStream{}};
      if (auto opened = open_pass(); !opened) return opened.error();
    }
  }

  bool complete() const {
    return options_.duration > MediaTime{0} && picture_time(next_picture_) >= options_.duration;
  }

  Result<void> look_ahead() {
    if (complete()) {
      next_frame_.reset();
      pictures_ended_ = true;
    }
    if (!next_frame_ && !pictures_ended_) {
      auto frame = pictures_->next();
      if (!frame) return frame.error();
      next_frame_ = std::move(*frame);
      pictures_ended_ = !next_frame_;
      if (pictures_ended_) note_damage();
    }
    // After the last frame, audio is buffered until it is known whether it goes on for half of the
    // next frame.
    const MediaTime pictures_end = picture_time(next_picture_);
    const MediaTime needed = pictures_end + format_.video.frame_rate.frame_duration() / 2;
    const MediaTime wanted = next_frame_ ? MediaTime{1} : needed - sound_time() + MediaTime{1};
    if (auto filled = buffer_sound(wanted); !filled) return filled;
    const bool sound_goes_on = sound_time() + buffered_sound() > needed;
    // If audio continues after the end of the video, the last frame is repeated.
    if (!next_frame_ && sound_goes_on && last_frame_ && !complete()) next_frame_ = last_frame_;
    return {};
  }

  Result<void> buffer_sound(MediaTime wanted) {
    while (!sound_ended_ && buffered_sound() < wanted) {
      auto frame = sound_->next();
      if (!frame) return frame.error();
      sound_ended_ = !*frame;
      if (*frame) sounds_.push_back(std::move(**frame));
    }
    return {};
  }

  MediaTime buffered_sound() const {
    MediaTime total{0};
    for (const AudioFrame& frame : sounds_) total += frame.duration();
    return total;
  }

  void note_damage() const {
    if (!pictures_->damaged()) return;
    context_.log(LogLevel::Warning, "the file is damaged; what could be decoded was taken",
                 {{"path", options_.path.string()}});
  }

  SourceItem take_picture() {
    VideoFrame frame = *std::exchange(next_frame_, std::nullopt);
    frame.pts = picture_time(next_picture_);
    frame.duration = picture_time(next_picture_ + 1) - frame.pts;
    ++next_picture_;
    last_frame_ = frame;
    return frame;
  }

  // Returns the next run of audio, or silence where there is none. If no further frame follows, it
  // is cut at `pictures_end`. Returns no value if nothing is left.
  std::optional<SourceItem> take_sound(MediaTime pictures_end) {
    AudioFrame frame;
    if (!sounds_.empty()) {
      frame = std::move(sounds_.front());
      sounds_.pop_front();
    } else {
      frame.format = kSound;
      frame.sample_count = SoundTrack::kFrameSamples;
      frame.samples.resize(static_cast<std::size_t>(frame.sample_count) * kSound.channels, 0.0F);
    }
    if (!next_frame_) {
      frame.keep_first(to_ticks(pictures_end, 1, kSound.sample_rate_hz) - next_sample_);
    }
    if (frame.sample_count == 0) return {};
    frame.pts = sound_time();
    next_sample_ += frame.sample_count;
    return frame;
  }

  const FileSourceOptions options_;
  const Context context_;
  Pacer pacer_;
  SourceFormat format_;
  std::optional<FrameRate> rate_;
  std::unique_ptr<TrackFeed> feed_;  // outlives the tracks
  std::unique_ptr<PictureTrack> pictures_;
  std::unique_ptr<SoundTrack> sound_;  // null without audio
  bool pictures_ended_ = false;
  bool sound_ended_ = false;
  std::optional<VideoFrame> next_frame_;
  std::optional<VideoFrame> last_frame_;
  std::deque<AudioFrame> sounds_;
  // The positions on the timeline, over all passes.
  std::int64_t next_picture_ = 0;
  std::int64_t next_sample_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> open_file_source(const FileSourceOptions& options,
                                                 Context context) {
  if (options.duration < MediaTime{0}) {
    return Error{ErrorCode::InvalidArgument, "duration must not be negative"};
  }
  if (options.frame_rate && (!options.frame_rate->valid() || options.frame_rate->hz() > 240)) {
    return Error{ErrorCode::InvalidArgument, "frame rate must be positive and at most 240"};
  }
  auto source = std::make_unique<FileSource>(options, context);
  if (auto opened = source->open(); !opened) return opened.error();
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace streamkit::capture
