#include <deque>
#include <streamkit/media/media_file.hpp>

#include "media/aac_encoder.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/input_file.hpp"
#include "media/video_normalizer.hpp"

namespace streamkit::media {
namespace {

AudioTrack audio_track(const AVCodecParameters& parameters) {
  AudioTrack track;
  track.codec = avcodec_get_name(parameters.codec_id);
  track.format = {parameters.sample_rate, parameters.ch_layout.nb_channels};
  track.packet_samples = parameters.frame_size;
  if (parameters.extradata_size > 0) {
    track.codec_config.assign(parameters.extradata,
                              parameters.extradata + parameters.extradata_size);
  }
  return track;
}

class FileReader final : public MediaReader {
 public:
  static Result<std::unique_ptr<MediaReader>> open(Result<std::unique_ptr<InputFile>> file,
                                                   ReaderOptions options) {
    if (!file) return file.error();
    std::unique_ptr<FileReader> reader(new FileReader(std::move(*file)));
    if (auto opened = reader->open_video(); !opened) return opened.error();
    if (auto opened = reader->open_sound(options); !opened) return opened.error();
    return std::unique_ptr<MediaReader>(std::move(reader));
  }

  const MediaInfo& info() const noexcept override { return info_; }

  Result<MediaItem> read(std::stop_token stop) override {
    for (;;) {
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
      if (!silent_packets_.empty()) {
        Packet packet = std::move(silent_packets_.front());
        silent_packets_.pop_front();
        return MediaItem{std::move(packet)};
      }
      auto picture = normalizer_->pull();
      if (!picture) return picture.error();
      if (*picture != nullptr) return publish(std::move(*picture));
      if (finished_ && silence_ != nullptr && any_picture_) {
        if (auto added = add_silence(next_pts_, true); !added) return added.error();
        silence_.reset();
        continue;
      }
      if (finished_) return at_end();

      if (auto decoded = receive(); !decoded) {
        return decoded.error();
      } else if (*decoded) {
        continue;
      }
      auto packet = file_->read();
      if (!packet) return packet.error();
      if (*packet == nullptr) {
        avcodec_send_packet(decoder_.get(), nullptr);
        draining_ = true;
      } else if ((*packet)->stream_index == file_->video()->index) {
        decode(**packet);
      } else {
        return MediaItem{audio_packet(**packet)};
      }
    }
  }

 private:
  explicit FileReader(std::unique_ptr<InputFile> file) : file_(std::move(file)) {}

  Result<void> open_video() {
    AVStream* stream = file_->video();
    auto decoder = open_decoder(stream);
    if (!decoder) return decoder.error().with_context(file_->name());
    decoder_ = std::move(*decoder);
    decoded_.reset(av_frame_alloc());
    if (decoded_ == nullptr) return out_of_memory();

    const int rotation = upright_rotation(stream);
    const PictureSize size = upright_size(file_->context(), stream, rotation);
    const AVFieldOrder order = stream->codecpar->field_order;
    const bool interlaced = order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
    auto normalizer =
        VideoNormalizer::create({size.width_px, size.height_px, rotation, interlaced, {}});
    if (!normalizer) return normalizer.error();
    normalizer_ = std::move(*normalizer);

    info_.video.width_px = size.width_px;
    info_.video.height_px = size.height_px;
    info_.video.frame_rate = constant_frame_rate(file_->context(), stream);
    info_.video.matrix = color_matrix(stream->codecpar->color_space, stream->codecpar->height);
    info_.duration = file_->duration();
    if (stream->start_time != AV_NOPTS_VALUE) {
      info_.start = to_media_time(stream->start_time, stream->time_base);
    }
    return {};
  }

  Result<void> open_sound(ReaderOptions options) {
    if (file_->audio() != nullptr) {
      info_.audio = audio_track(*file_->audio()->codecpar);
      return {};
    }
    if (!options.add_missing_sound) return {};
    constexpr int kSilenceBitRate = 32'000;
    auto encoder = AacEncoder::open(AudioFormat{}, kSilenceBitRate);
    if (!encoder) return encoder.error();
    silence_ = std::move(*encoder);
    info_.audio = silence_->track();
    return {};
  }

  // Keeps silence level with the pictures; the packets wait in silent_packets_.
  Result<void> add_silence(MediaTime until, bool last) {
    const int rate = info_.audio->format.sample_rate_hz;
    const std::int64_t end = to_ticks(until - info_.start, 1, rate);
    std::vector<Packet> packets;
    if (end > silent_samples_) {
      AudioFrame quiet;
      quiet.format = info_.audio->format;
      quiet.sample_count = static_cast<int>(end - silent_samples_);
      quiet.samples.assign(static_cast<std::size_t>(quiet.sample_count * quiet.format.channels),
                           0.0F);
      if (auto done = silence_->push(quiet, packets); !done) return done;
      silent_samples_ = end;
    }
    if (last) {
      if (auto done = silence_->flush(packets); !done) return done;
    }
    for (Packet& packet : packets) {
      packet.pts += info_.start;
      packet.dts += info_.start;
      silent_packets_.push_back(std::move(packet));
    }
    return {};
  }

  // A packet that cannot be decoded is skipped: one damaged picture is no reason to lose the rest.
  void decode(const AVPacket& packet) {
    if (avcodec_send_packet(decoder_.get(), &packet) < 0) ++damaged_packets_;
  }

  // True when the decoder gave something and may have more.
  Result<bool> receive() {
    const int code = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (code == AVERROR(EAGAIN)) return false;
    if (code == AVERROR_EOF) {
      finished_ = true;
      if (auto flushed = normalizer_->flush(); !flushed) return flushed.error();
      return true;
    }
    if (code < 0) {
      ++damaged_packets_;
      // While draining, a decoder that fails would be asked for ever.
      if (draining_) finished_ = true;
      return true;
    }
    const std::int64_t ticks = decoded_->best_effort_timestamp;
    const MediaTime stated =
        ticks == AV_NOPTS_VALUE ? next_pts_ : to_media_time(ticks, file_->video()->time_base);
    const MediaTime duration = decoded_->pkt_duration > 0 ? to_media_time(decoded_->pkt_duration,
                                                                          file_->video()->time_base)
                                                          : info_.video.frame_rate.frame_duration();
    next_pts_ = stated + duration;
    if (last_pts_ && stated <= *last_pts_) return true;  // a doubled picture
    last_pts_ = stated;
    last_duration_ = duration;
    decoded_->pts = stated.count();
    decoded_->pkt_duration = duration.count();
    if (auto pushed = normalizer_->push(decoded_.get()); !pushed) return pushed.error();
    av_frame_unref(decoded_.get());
    return true;
  }

  Result<MediaItem> publish(FramePtr picture) {
    any_picture_ = true;
    const MediaTime pts{picture->pts};
    if (silence_ != nullptr) {
      if (auto added = add_silence(pts, false); !added) return added.error();
    }
    return MediaItem{share_frame(std::move(picture), info_.video, pts, last_duration_)};
  }

  Packet audio_packet(const AVPacket& packet) const {
    const AVStream& stream = *file_->audio();
    Packet copy;
    copy.track = TrackKind::Audio;
    const std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    const std::int64_t dts = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    copy.pts = to_media_time(pts == AV_NOPTS_VALUE ? 0 : pts, stream.time_base);
    copy.dts = to_media_time(dts == AV_NOPTS_VALUE ? 0 : dts, stream.time_base);
    // FFmpeg does not tell the duration of a fragment's first packet.
    copy.duration = packet.duration > 0 ? to_media_time(packet.duration, stream.time_base)
                                        : from_ticks(info_.audio->packet_samples, 1,
                                                     info_.audio->format.sample_rate_hz);
    copy.keyframe = true;
    copy.data.assign(packet.data, packet.data + packet.size);
    return copy;
  }

  Result<MediaItem> at_end() const {
    if (any_picture_) return MediaItem{EndOfStream{}};
    return Error{ErrorCode::CorruptData, "no picture of " + file_->name() + " can be decoded"};
  }

  std::unique_ptr<InputFile> file_;
  CodecPtr decoder_;
  FramePtr decoded_;
  std::unique_ptr<VideoNormalizer> normalizer_;
  MediaInfo info_;
  std::unique_ptr<AacEncoder> silence_;  // only while missing sound is made up
  std::int64_t silent_samples_ = 0;
  std::deque<Packet> silent_packets_;
  MediaTime next_pts_{0};
  std::optional<MediaTime> last_pts_;
  MediaTime last_duration_{0};
  std::uint64_t damaged_packets_ = 0;
  bool draining_ = false;
  bool finished_ = false;
  bool any_picture_ = false;
};

}  // namespace

Result<std::unique_ptr<MediaReader>> open_media_file(const std::filesystem::path& path,
                                                     ReaderOptions options) {
  return FileReader::open(InputFile::open(path), options);
}

Result<std::unique_ptr<MediaReader>> open_media_bytes(Bytes bytes, ReaderOptions options) {
  return FileReader::open(InputFile::open(std::move(bytes)), options);
}

}  // namespace streamkit::media
