#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <streamkit/core/resumed_source.hpp>
#include <string>
#include <utility>

namespace streamkit {
namespace {

constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();

AudioFrame silence(const AudioFormat& format, std::int64_t first, std::int64_t count) {
  AudioFrame audio;
  audio.pts = from_ticks(first, 1, format.sample_rate_hz);
  audio.format = format;
  audio.sample_count = static_cast<int>(count);
  audio.samples.assign(static_cast<std::size_t>(count) * static_cast<std::size_t>(format.channels),
                       0.0F);
  return audio;
}

AudioFrame without_first(const AudioFrame& audio, int dropped) {
  AudioFrame rest;
  rest.format = audio.format;
  rest.pts = audio.pts + from_ticks(dropped, 1, audio.format.sample_rate_hz);
  rest.sample_count = audio.sample_count - dropped;
  for (int channel = 0; channel < audio.format.channels; ++channel) {
    const auto begin = audio.samples.begin() + std::ptrdiff_t{channel} * audio.sample_count;
    rest.samples.insert(rest.samples.end(), begin + dropped, begin + audio.sample_count);
  }
  return rest;
}

class FillingSource final : public ResumedSource {
 public:
  FillingSource(Source& source, ResumedSourceOptions options, Context context)
      : source_(source), options_(std::move(options)), context_(context) {}

  const SourceFormat& format() const noexcept override { return source_.format(); }

  std::optional<MediaTime> gap() const override {
    const std::int64_t flicks = gap_.load();
    if (flicks == kUnknown) return {};
    return MediaTime{flicks};
  }

  // Blocks of audio that are dropped as a whole make the loop go on.
  Result<SourceItem> read(std::stop_token stop) override {
    for (;;) {
      if (!ready_.empty()) {
        Result<SourceItem> item = std::move(ready_.front());
        ready_.pop_front();
        return item;
      }
      auto item = source_.read(stop);
      if (!item || std::holds_alternative<EndOfStream>(*item)) return item;
      if (auto* frame = std::get_if<VideoFrame>(&*item)) {
        take(std::move(*frame));
      } else {
        take(std::get<AudioFrame>(std::move(*item)));
      }
    }
  }

 private:
  void take(VideoFrame frame) {
    if (!begun_) {
      if (frame.pts < options_.skip) return;
      begin(frame);
    }
    frame.pts += shift_;
    ready_.emplace_back(std::move(frame));
    for (AudioFrame& audio : std::exchange(early_, {})) take(std::move(audio));
  }

  // Where audio goes is known once the first frame is there; until then it waits.
  void take(AudioFrame audio) {
    if (!begun_) {
      early_.push_back(std::move(audio));
      return;
    }
    const int rate = format().audio.sample_rate_hz;
    const std::int64_t first = to_ticks(audio.pts + shift_, 1, rate);
    const std::int64_t early = std::max<std::int64_t>(0, next_sample_ - first);
    if (early >= audio.sample_count) return;
    if (early > 0) audio = without_first(audio, static_cast<int>(early));
    audio.pts = from_ticks(first + early, 1, rate);
    next_sample_ = first + early + audio.sample_count;
    ready_.emplace_back(std::move(audio));
  }

  void begin(const VideoFrame& first) {
    begun_ = true;
    const FrameRate rate = format().video.frame_rate;
    const std::int64_t frames = to_ticks(gap_to_fill(), rate.den, rate.num);
    const MediaTime start = options_.point.start + rate.time_of(frames);
    shift_ = start - first.pts;
    next_sample_ = to_ticks(options_.point.audio_end, 1, format().audio.sample_rate_hz);
    VideoFrame still = still_frame(first);
    for (std::int64_t i = 0; i < frames; ++i) {
      still.pts = options_.point.start + rate.time_of(i);
      still.duration = rate.frame_duration();
      ready_.emplace_back(still);
      add_silence_until(still.pts + still.duration);
    }
    // Also without a gap the audio may have ended before the video.
    add_silence_until(start);
  }

  void add_silence_until(MediaTime end) {
    const AudioFormat& audio = format().audio;
    const std::int64_t missing = to_ticks(end, 1, audio.sample_rate_hz) - next_sample_;
    if (missing <= 0) return;
    ready_.emplace_back(silence(audio, next_sample_, missing));
    next_sample_ += missing;
  }

  VideoFrame still_frame(const VideoFrame& first) const {
    const VideoFormat& wanted = format().video;
    if (!options_.last_frame) return first;
    VideoFrame still = *options_.last_frame;
    if (still.format.width_px != wanted.width_px || still.format.height_px != wanted.height_px ||
        still.format.pixel_format != wanted.pixel_format) {
      return first;
    }
    still.format = wanted;
    return still;
  }

  MediaTime gap_to_fill() {
    if (!options_.point.cut_at) return MediaTime{0};
    const auto passed = context_.clock_or_system().system_now() - *options_.point.cut_at;
    // A clock that was set back shows no gap.
    const auto gap =
        std::max(MediaTime{0}, from_ticks(passed / std::chrono::milliseconds(1), 1, 1000));
    gap_ = gap.count();
    if (gap <= options_.max_gap) return gap;
    context_.log(LogLevel::Warning, "stream resumed after a gap that is not filled",
                 {{"gap_seconds", std::to_string(to_seconds(gap))},
                  {"index", std::to_string(options_.point.next_index)}});
    return MediaTime{0};
  }

  Source& source_;
  const ResumedSourceOptions options_;
  const Context context_;
  std::deque<SourceItem> ready_;
  std::vector<AudioFrame> early_;
  bool begun_ = false;
  MediaTime shift_{0};
  std::int64_t next_sample_ = 0;
  std::atomic<std::int64_t> gap_{kUnknown};  // in flicks
};

}  // namespace

Result<std::unique_ptr<ResumedSource>> ResumedSource::create(Source& source,
                                                             ResumedSourceOptions options,
                                                             Context context) {
  const MediaTime least =
      std::min({options.point.start, options.point.audio_end, options.max_gap, options.skip});
  if (least < MediaTime{0}) {
    return Error{ErrorCode::InvalidArgument, "a resumed source has no times below 0"};
  }
  return std::unique_ptr<ResumedSource>(
      std::make_unique<FillingSource>(source, std::move(options), context));
}

}  // namespace streamkit
