#include <streamkit/media/joined_reader.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <streamkit/media/sound_encoder.hpp>
#include <utility>

#include "media/aac_encoder.hpp"
#include "media/sound_converter.hpp"
#include "media/trimmed_reader.hpp"

namespace streamkit::media {
namespace {

constexpr int kBitRatePerChannel = 64'000;

// The audio of all files as one AAC track. It follows the video: what a file has beyond its last
// frame is left out, what it lacks is silence.
class JoinedSound {
 public:
  static Result<std::unique_ptr<JoinedSound>> open(const AudioFormat& format) {
    auto encoder = AacEncoder::open(format, kBitRatePerChannel * format.channels);
    if (!encoder) return encoder.error();
    return std::unique_ptr<JoinedSound>(new JoinedSound(format, std::move(*encoder)));
  }

  [[nodiscard]] const AudioTrack& track() const { return encoder_->track(); }

  // Begins a file, whose earliest track starts at `origin` of its own timeline.
  void begin(const MediaInfo& file) {
    converter_.reset();
    if (!file.audio) return;
    // Audio that cannot be decoded is silent.
    auto converter = SoundConverter::open(*file.audio, format_, file.origin);
    if (converter) converter_ = std::move(*converter);
  }

  Result<void> push(const Packet& packet) {
    if (converter_ == nullptr) return {};
    if (auto pushed = converter_->push(packet); !pushed) return pushed;
    append(converter_->take());
    return {};
  }

  // Encodes the audio up to a time of the joined files.
  Result<void> advance(MediaTime until, std::vector<Packet>& packets) {
    const std::int64_t end = to_ticks(until, 1, format_.sample_rate_hz);
    const auto count = std::min<std::int64_t>(end - encoded_, waiting_count());
    return count > 0 ? encode(count, packets) : Result<void>();
  }

  // Ends a file, with its last frame.
  Result<void> end(MediaTime at, std::vector<Packet>& packets) {
    if (converter_ != nullptr) {
      if (auto flushed = converter_->flush(); !flushed) return flushed;
      append(converter_->take());
    }
    const std::int64_t count = to_ticks(at, 1, format_.sample_rate_hz) - encoded_;
    for (auto& channel : waiting_)
      channel.resize(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
    return count > 0 ? encode(count, packets) : Result<void>();
  }

  Result<void> finish(std::vector<Packet>& packets) { return encoder_->flush(packets); }

 private:
  JoinedSound(const AudioFormat& format, std::unique_ptr<AacEncoder> encoder)
      : format_(format),
        encoder_(std::move(encoder)),
        waiting_(static_cast<std::size_t>(format.channels)) {}

  [[nodiscard]] std::int64_t waiting_count() const {
    return static_cast<std::int64_t>(waiting_[0].size());
  }

  void append(const AudioFrame& frame) {
    const auto count = static_cast<std::size_t>(frame.sample_count);
    for (std::size_t channel = 0; channel < waiting_.size(); ++channel) {
      const float* first = frame.samples.data() + channel * count;
      waiting_[channel].insert(waiting_[channel].end(), first, first + count);
    }
  }

  Result<void> encode(std::int64_t count, std::vector<Packet>& packets) {
    AudioFrame frame;
    frame.format = format_;
    frame.sample_count = static_cast<int>(count);
    for (auto& channel : waiting_) {
      frame.samples.insert(frame.samples.end(), channel.begin(), channel.begin() + count);
      channel.erase(channel.begin(), channel.begin() + count);
    }
    encoded_ += count;
    return encoder_->push(frame, packets);
  }

  const AudioFormat format_;
  const std::unique_ptr<AacEncoder> encoder_;
  std::unique_ptr<SoundConverter> converter_;  // null while a file has no audio
  std::vector<std::vector<float>> waiting_;    // per channel
  std::int64_t encoded_ = 0;                   // samples
};

class JoinedReader final : public MediaReader {
 public:
  JoinedReader(std::vector<std::filesystem::path> files, ReaderOptions options)
      : files_(std::move(files)), options_(std::move(options)) {}

  Result<void> open() {
    std::optional<AudioFormat> sound;
    for (const std::filesystem::path& file : files_) {
      auto reader = open_media_file(file, options_);
      if (!reader) return reader.error();
      const MediaInfo& own = (*reader)->info();
      if (own.video.transfer != info_.video.transfer && options_.keep_hdr &&
          &file != &files_.front()) {
        return Error{ErrorCode::Unsupported,
                     "'" + file.string() +
                         "' is not of the same HDR or SDR as the file before it; "
                         "joined files are converted without HDR"};
      }
      if (&file == &files_.front())
        info_ = own;
      else
        info_.duration += own.duration;
      if (own.audio && !sound) sound = aac_format(own.audio->format);
    }
    info_.start = info_.origin = MediaTime{0};
    info_.audio.reset();
    if (sound) {
      auto joined = JoinedSound::open(*sound);
      if (!joined) return joined.error();
      sound_ = std::move(*joined);
      info_.audio = sound_->track();
    }
    options_.frame_size = [size = info_.video](const VideoFormat&) { return size; };
    return {};
  }

  const MediaInfo& info() const noexcept override { return info_; }
  bool damaged() const noexcept override { return damaged_; }

  Result<MediaItem> read(std::stop_token stop) override {
    while (ready_.empty()) {
      if (current_ == nullptr && next_file_ == files_.size()) {
        if (ended_) return MediaItem{EndOfStream{}};
        ended_ = true;
        if (auto done = pass_on([&](auto& out) { return sound_->finish(out); }); !done) {
          return done.error();
        }
        continue;
      }
      if (auto done = step(stop); !done) return done.error();
    }
    MediaItem item = std::move(ready_.front());
    ready_.pop_front();
    return item;
  }

 private:
  Result<void> step(const std::stop_token& stop) {
    if (current_ == nullptr) return begin_file();
    auto item = current_->read(stop);
    if (!item) return item.error();
    if (auto* frame = std::get_if<VideoFrame>(&*item)) return take(std::move(*frame));
    if (const auto* packet = std::get_if<Packet>(&*item)) {
      return sound_ == nullptr ? Result<void>() : sound_->push(*packet);
    }
    return end_file();
  }

  Result<void> begin_file() {
    auto reader = open_media_file(files_[next_file_++], options_);
    if (!reader) return reader.error();
    current_ = std::move(*reader);
    shift_ = end_ - current_->info().origin;
    other_rate_ = !(current_->info().video.frame_rate == info_.video.frame_rate);
    held_.reset();
    grid_start_ = end_;
    grid_ = 0;
    if (sound_ != nullptr) sound_->begin(current_->info());
    return {};
  }

  Result<void> end_file() {
    if (held_) {
      const MediaTime last = held_->pts + held_->duration;
      do show_held();
      while (grid_time() + info_.video.frame_rate.frame_duration() / 2 < last);
    }
    damaged_ = damaged_ || current_->damaged();
    current_.reset();
    return pass_on([&](auto& out) { return sound_->end(end_, out); });
  }

  // A frame of another rate is shown at each time of the first file's rate until the next one.
  Result<void> take(VideoFrame frame) {
    frame.pts += shift_;
    frame.format.frame_rate = info_.video.frame_rate;
    if (!other_rate_) {
      show(std::move(frame));
    } else {
      while (held_ && grid_time() + info_.video.frame_rate.frame_duration() / 2 < frame.pts) {
        show_held();
      }
      held_ = std::move(frame);
    }
    return pass_on([&](auto& out) { return sound_->advance(end_, out); });
  }

  [[nodiscard]] MediaTime grid_time() const {
    return grid_start_ + info_.video.frame_rate.time_of(grid_);
  }

  void show_held() {
    VideoFrame frame = *held_;
    frame.pts = grid_time();
    ++grid_;
    frame.duration = grid_time() - frame.pts;
    show(std::move(frame));
  }

  void show(VideoFrame frame) {
    end_ = std::max(end_, frame.pts + frame.duration);
    ready_.emplace_back(std::move(frame));
  }

  template <typename Encode>
  Result<void> pass_on(Encode encode) {
    if (sound_ == nullptr) return {};
    std::vector<Packet> packets;
    if (auto done = encode(packets); !done) return done;
    for (Packet& packet : packets) ready_.emplace_back(std::move(packet));
    return {};
  }

  const std::vector<std::filesystem::path> files_;
  ReaderOptions options_;
  MediaInfo info_;
  std::unique_ptr<JoinedSound> sound_;  // null if no file has audio
  std::size_t next_file_ = 0;
  std::unique_ptr<MediaReader> current_;  // null between files
  MediaTime shift_{0};                    // added to the times of the current file
  MediaTime end_{0};                      // of the frames so far
  bool other_rate_ = false;
  std::optional<VideoFrame> held_;  // the last frame of a file of another rate
  MediaTime grid_start_{0};
  std::int64_t grid_ = 0;
  bool damaged_ = false;
  bool ended_ = false;
  std::deque<MediaItem> ready_;
};

}  // namespace

Result<std::unique_ptr<MediaReader>> open_joined_files(
    const std::vector<std::filesystem::path>& files, const ReaderOptions& options) {
  if (files.empty()) return Error{ErrorCode::InvalidArgument, "no file to read"};
  ReaderOptions each = options;
  each.start = MediaTime{0};
  each.end = MediaTime::max();
  each.missing_sound = {};
  auto joined = std::make_unique<JoinedReader>(files, std::move(each));
  if (auto opened = joined->open(); !opened) return opened.error();
  std::unique_ptr<MediaReader> reader = std::move(joined);
  if (options.start > MediaTime{0} || options.end != MediaTime::max()) {
    reader = std::make_unique<TrimmedReader>(std::move(reader), options.start, options.end);
  }
  return reader;
}

}  // namespace streamkit::media
