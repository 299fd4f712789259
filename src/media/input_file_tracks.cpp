#include <algorithm>
#include <string>

#include "media/decoder_list.hpp"
#include "media/input_file.hpp"
#include "media/track_selection.hpp"

// The tracks of an InputFile: which are taken, what they may be, and where they start.
namespace streamkit::media {
namespace {

constexpr int kMaxSidePx = 16384;
constexpr std::int64_t kMaxPicturePx = 64'000'000;

// The earlier start of two tracks, as the container states it.
MediaTime earlier_start(const AVStream* one, const AVStream* other) {
  std::optional<MediaTime> earliest;
  for (const AVStream* stream : {one, other}) {
    if (stream == nullptr || stream->start_time == AV_NOPTS_VALUE) continue;
    const MediaTime start = to_media_time(stream->start_time, stream->time_base);
    earliest = earliest ? std::min(*earliest, start) : start;
  }
  return earliest.value_or(MediaTime{0});
}

}  // namespace

Result<void> InputFile::choose_tracks() {
  const auto video = choose_video(*context_, options_.tracks.video);
  if (!video) return video.error().with_context(name_);
  video_ = *video;
  const auto audio = choose_audio(*context_, video_, options_.tracks.audio);
  if (!audio) return audio.error().with_context(name_);
  audio_ = *audio;
  if (video_ == nullptr && (audio_ == nullptr || !options_.allow_sound_only)) {
    return Error{ErrorCode::CorruptData, name_ + " has no video track"};
  }
  for (AVStream* stream : tracks_of(*context_)) {
    if (stream != video_ && stream != audio_) stream->discard = AVDISCARD_ALL;
  }
  return {};
}

TrackReport InputFile::tracks() const {
  TrackReport report;
  for (const AVStream* stream : tracks_of(*context_)) {
    const bool taken = stream == video_ || stream == audio_;
    if (is_chapter_track(*context_, *stream)) continue;
    (taken ? report.taken : report.left_out).push_back(describe_track(*context_, *stream));
  }
  return report;
}

Result<void> InputFile::check_limits() const {
  if (!options_.limits) return {};
  const ResourcePolicy& policy = options_.limits->policy;
  for (const AVStream* stream : {video_, audio_}) {
    if (stream == nullptr) continue;
    const AVCodecParameters& codec = *stream->codecpar;
    if (auto checked = check_codec(policy, codec.codec_id, codec_name_of(codec)); !checked) {
      return checked;
    }
    if (codec.sample_rate <= policy.max_sample_rate_hz) continue;
    return limit_exceeded(Limit::SampleRate,
                          "sample rate: " + std::to_string(codec.sample_rate) + " Hz, at most " +
                              std::to_string(policy.max_sample_rate_hz) + " (--max-sample-rate)");
  }
  return {};
}

std::int64_t InputFile::max_coded_pixels() const noexcept {
  // Decoders round sides up.
  constexpr std::int64_t kRounding = 128 * kMaxSidePx;
  return options_.limits ? options_.limits->policy.max_pixels + kRounding : 0;
}

MediaTime InputFile::stated_start() const noexcept { return earlier_start(video_, audio_); }

MediaTime InputFile::start() const noexcept {
  return options_.start_at_zero ? MediaTime{0} : stated_start();
}

MediaTime InputFile::start_of(const AVStream& stream) const noexcept {
  const MediaTime origin = options_.start_at_zero ? stated_start() : MediaTime{0};
  return earlier_start(&stream, nullptr) - origin;
}

MediaTime InputFile::duration() const noexcept {
  if (context_->duration == AV_NOPTS_VALUE || context_->duration < 0) return MediaTime{0};
  return to_media_time(context_->duration, AVRational{1, AV_TIME_BASE});
}

Result<void> InputFile::check_frame_size() const {
  if (video_ == nullptr) return {};
  const std::int64_t width = video_->codecpar->width;
  const std::int64_t height = video_->codecpar->height;
  if (width <= 0 || height <= 0) {
    return Error{ErrorCode::CorruptData, "the video track of " + name_ + " has no frame size"};
  }
  if (width > kMaxSidePx || height > kMaxSidePx || width * height > kMaxPicturePx) {
    return Error{ErrorCode::Unsupported, "frames of " + std::to_string(width) + "x" +
                                             std::to_string(height) + " are too large"};
  }
  return {};
}

}  // namespace streamkit::media
