#include <algorithm>
#include <deque>
#include <optional>
#include <streamkit/media/media_file.hpp>

#include "media/aac_encoder.hpp"
#include "media/file_packet_source.hpp"
#include "media/keyframe_skip.hpp"
#include "media/track_decoder.hpp"
#include "media/trimmed_reader.hpp"

namespace streamkit::media {
namespace {

InputOptions input_options(const ReaderOptions& options) {
  return {.tracks = options.tracks,
          .allow_sound_only = options.allow_sound_only || options.skip_video,
          .start_at_zero = options.start_at_zero,
          .context = options.context,
          .stop = options.stop,
          .allow_playlists = options.allow_playlists,
          .limits = options.limits};
}

// Combines a PacketSource and a Decoder, and passes FFmpeg packets between them.
class FileReader final : public MediaReader {
 public:
  static Result<std::unique_ptr<MediaReader>> open(Result<std::unique_ptr<InputFile>> file,
                                                   const ReaderOptions& options) {
    if (!file) return file.error();
    std::unique_ptr<FileReader> reader(new FileReader(std::move(*file), options));
    if (auto opened = reader->open_video(options); !opened) return opened.error();
    if (auto opened = reader->open_sound(options); !opened) return opened.error();
    if (options.start == MediaTime{0} && options.end == MediaTime::max()) {
      return std::unique_ptr<MediaReader>(std::move(reader));
    }
    return std::unique_ptr<MediaReader>(
        std::make_unique<TrimmedReader>(std::move(reader), options.start, options.end));
  }

  const MediaInfo& info() const noexcept override { return info_; }

  bool damaged() const noexcept override {
    return (decoder_ != nullptr && decoder_->damaged()) || packets_.damaged();
  }

  Result<MediaItem> read(std::stop_token stop) override {
    packets_.stop_with(stop);
    for (;;) {
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
      if (auto checked = check_deadline(); !checked) return checked.error();
      if (!ready_.empty()) {
        MediaItem item = std::move(ready_.front());
        ready_.pop_front();
        return item;
      }
      if (ended_) return MediaItem{EndOfStream{}};
      auto packet = packets_.read_coded();
      if (!packet) return packet.error();
      if (*packet == nullptr) {
        if (auto ended = end(); !ended) return ended.error();
      } else if (packets_.is_video(**packet)) {
        const AVRational base = packets_.file().video()->time_base;
        if (auto done = decode(skip_.take(std::move(*packet), base, info_.origin)); !done) {
          return done.error();
        }
      } else {
        Packet sound = packets_.to_packet(**packet);
        if (auto checked = check_distance(sound.pts); !checked) return checked.error();
        sound.duration = within_limit(sound.pts + sound.duration) - sound.pts;
        return MediaItem{std::move(sound)};
      }
    }
  }

 private:
  FileReader(std::unique_ptr<InputFile> file, const ReaderOptions& options)
      : packets_(std::move(file)),
        start_at_zero_(options.start_at_zero),
        limits_(options.limits),
        skip_(options.start) {}

  Result<void> check_distance(MediaTime pts) const {
    if (!limits_ || limits_->chunk_duration <= MediaTime{0}) return {};
    const MediaTime nominal = limits_->chunk_duration;
    if (pts - info_.origin <= longest_chunk(limits_->policy, nominal)) return {};
    return chunk_too_long(limits_->policy, nominal);
  }

  Result<void> check_deadline() const {
    if (!limits_ || system_clock().steady_now() < limits_->deadline) return {};
    return limit_exceeded(Limit::ClockTime,
                          "time: the conversion takes longer than the " +
                              std::to_string(limits_->policy.max_wall_time.count()) +
                              " s that it may (--max-wall-seconds)");
  }

  // The size of the shown frames: pixels that are not square make them larger.
  Result<void> check_shown_size() const {
    const std::int64_t pixels = std::int64_t{info_.video.width_px} * info_.video.height_px;
    if (!limits_ || pixels <= limits_->policy.max_pixels) return {};
    return limit_exceeded(Limit::Pixels,
                          "pixels: frames of " + std::to_string(pixels) + ", at most " +
                              std::to_string(limits_->policy.max_pixels) + " (--max-pixels)");
  }

  // What the last frame or packet before the limit states must not reach far beyond it.
  [[nodiscard]] MediaTime within_limit(MediaTime end) const {
    if (!limits_ || limits_->chunk_duration <= MediaTime{0}) return end;
    return std::min(end, info_.origin + longest_chunk(limits_->policy, limits_->chunk_duration));
  }

  Result<void> decode(const std::vector<PacketPtr>& packets) {
    for (const PacketPtr& packet : packets) {
      if (auto decoded = publish(decoder_->push(*packet)); !decoded) return decoded;
    }
    return {};
  }

  Result<void> open_video(const ReaderOptions& options) {
    const TrackReport tracks = packets_.file().tracks();
    info_.tracks_taken = tracks.taken;
    info_.tracks_left_out = tracks.left_out;
    info_.duration = packets_.file().duration();
    info_.origin = info_.start = packets_.file().start();
    if (options.skip_video) packets_.read_only_sound();
    if (options.skip_video || packets_.file().video() == nullptr) return {};
    auto pictures = PictureDecoder::open(packets_.file(), {.context = options.context,
                                                           .size = wanted_size(options),
                                                           .keep_hdr = options.keep_hdr,
                                                           .color = options.color});
    if (!pictures) return pictures.error();
    info_.hdr = (*pictures)->hdr();
    info_.video_codec = packets_.tracks().video->codec;
    info_.stores_hdr = is_hdr(color_of(packets_.tracks().video->coded_color));
    decoder_ = std::make_unique<TrackDecoder>(std::move(*pictures));
    info_.video = decoder_->format();
    if (auto checked = check_shown_size(); !checked) return checked;
    set_full_size();
    info_.start = packets_.file().start_of(*packets_.file().video());
    return {};
  }

  void set_full_size() {
    const AVCodecParameters& coded = *packets_.file().video()->codecpar;
    const bool turned = packets_.tracks().video->orientation.sideways();
    const auto full = [](int stored, int shown) { return stored == shown + 1 ? stored : shown; };
    info_.full_width_px = full(turned ? coded.height : coded.width, info_.video.width_px);
    info_.full_height_px = full(turned ? coded.width : coded.height, info_.video.height_px);
  }

  std::optional<PictureSize> wanted_size(const ReaderOptions& options) const {
    if (!options.frame_size) return {};
    const VideoFormat wanted = options.frame_size(packets_.tracks().video->format);
    return PictureSize{wanted.width_px, wanted.height_px};
  }

  Result<void> open_sound(const ReaderOptions& options) {
    info_.audio = packets_.tracks().audio;
    if (info_.audio || !options.missing_sound) return {};
    constexpr int kSilenceBitRate = 32'000;
    auto encoder = AacEncoder::open(options.missing_sound(), kSilenceBitRate);
    if (!encoder) return encoder.error();
    silence_ = std::move(*encoder);
    info_.audio = silence_->track();
    return {};
  }

  Result<void> publish(Result<std::vector<VideoFrame>> frames) {
    if (!frames) return frames.error();
    for (VideoFrame& frame : *frames) {
      // Frames before the first that can be decoded are missing; without sound, nothing shows it.
      if (!first_frame_) first_frame_ = frame.pts;
      if (start_at_zero_ && !packets_.tracks().audio) frame.pts -= *first_frame_;
      const MediaTime pts = frame.pts;
      if (auto checked = check_distance(pts); !checked) return checked;
      frame.duration = within_limit(pts + frame.duration) - pts;
      ready_.push_back(std::move(frame));
      if (silence_ == nullptr) continue;
      if (auto added = add_silence(pts, false); !added) return added;
    }
    return {};
  }

  Result<void> end() {
    ended_ = true;
    if (decoder_ == nullptr) return {};
    if (auto decoded = decode(skip_.finish()); !decoded) return decoded;
    if (auto published = publish(decoder_->flush()); !published) return published;
    if (silence_ != nullptr) {
      if (auto added = add_silence(within_limit(decoder_->end()), true); !added) return added;
    }
    return {};
  }

  // Adds silence up to the end of the frames so far.
  Result<void> add_silence(MediaTime until, bool last) {
    const int rate = info_.audio->format.sample_rate_hz;
    const std::int64_t end = to_ticks(until - info_.start, 1, rate);
    std::vector<Packet> packets;
    while (end > silent_samples_) {
      AudioFrame quiet;
      quiet.format = info_.audio->format;
      quiet.sample_count = static_cast<int>(std::min<std::int64_t>(end - silent_samples_, rate));
      quiet.samples.assign(static_cast<std::size_t>(quiet.sample_count * quiet.format.channels),
                           0.0F);
      if (auto done = silence_->push(quiet, packets); !done) return done;
      silent_samples_ += quiet.sample_count;
    }
    if (last) {
      if (auto done = silence_->flush(packets); !done) return done;
    }
    for (Packet& packet : packets) {
      packet.pts += info_.start;
      packet.dts += info_.start;
      ready_.push_back(std::move(packet));
    }
    return {};
  }

  FilePacketSource packets_;
  const bool start_at_zero_;
  const std::optional<MediaLimits> limits_;
  std::optional<MediaTime> first_frame_;
  KeyframeSkip skip_;
  std::unique_ptr<TrackDecoder> decoder_;
  MediaInfo info_;
  std::unique_ptr<AacEncoder> silence_;  // only while missing audio is replaced by silence
  std::int64_t silent_samples_ = 0;
  std::deque<MediaItem> ready_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<MediaReader>> open_media_file(const std::filesystem::path& path,
                                                     const ReaderOptions& options) {
  return FileReader::open(InputFile::open(path, input_options(options)), options);
}

Result<std::unique_ptr<MediaReader>> open_media_bytes(Bytes bytes, const ReaderOptions& options) {
  return FileReader::open(InputFile::open(std::move(bytes), input_options(options)), options);
}

}  // namespace streamkit::media
