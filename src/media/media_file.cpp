#include <deque>
#include <streamkit/media/media_file.hpp>

#include "media/aac_encoder.hpp"
#include "media/input_file.hpp"
#include "media/picture_decoder.hpp"

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
                                                   const ReaderOptions& options) {
    if (!file) return file.error();
    std::unique_ptr<FileReader> reader(new FileReader(std::move(*file)));
    if (auto opened = reader->open_video(); !opened) return opened.error();
    if (auto opened = reader->open_sound(options); !opened) return opened.error();
    return std::unique_ptr<MediaReader>(std::move(reader));
  }

  const MediaInfo& info() const noexcept override { return info_; }

  bool damaged() const noexcept override { return pictures_->damaged() || file_->damaged(); }

  Result<MediaItem> read(std::stop_token stop) override {
    for (;;) {
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
      if (!silent_packets_.empty()) {
        Packet packet = std::move(silent_packets_.front());
        silent_packets_.pop_front();
        return MediaItem{std::move(packet)};
      }
      auto picture = pictures_->next();
      if (!picture) return picture.error();
      if (*picture != nullptr) return publish(std::move(*picture));
      if (pictures_->finished()) {
        if (!any_picture_) return pictures_->no_picture();
        if (silence_ == nullptr) return MediaItem{EndOfStream{}};
        if (auto added = add_silence(pictures_->end(), true); !added) return added.error();
        silence_.reset();
        continue;
      }
      auto packet = file_->read();
      if (!packet) return packet.error();
      if (*packet != nullptr && (*packet)->stream_index != file_->video()->index) {
        return MediaItem{audio_packet(**packet)};
      }
      pictures_->push(packet->get());
    }
  }

 private:
  explicit FileReader(std::unique_ptr<InputFile> file) : file_(std::move(file)) {}

  Result<void> open_video() {
    auto pictures = PictureDecoder::open(*file_, {});
    if (!pictures) return pictures.error();
    pictures_ = std::move(*pictures);
    info_.video = pictures_->format();
    info_.duration = file_->duration();
    const AVStream* stream = file_->video();
    if (stream->start_time != AV_NOPTS_VALUE) {
      info_.start = to_media_time(stream->start_time, stream->time_base);
    }
    return {};
  }

  Result<void> open_sound(const ReaderOptions& options) {
    if (file_->audio() != nullptr) {
      info_.audio = audio_track(*file_->audio()->codecpar);
      return {};
    }
    if (!options.missing_sound) return {};
    constexpr int kSilenceBitRate = 32'000;
    auto encoder = AacEncoder::open(options.missing_sound(), kSilenceBitRate);
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

  Result<MediaItem> publish(FramePtr picture) {
    any_picture_ = true;
    const MediaTime pts{picture->pts};
    const MediaTime duration{picture->pkt_duration};
    if (silence_ != nullptr) {
      if (auto added = add_silence(pts, false); !added) return added.error();
    }
    return MediaItem{share_frame(std::move(picture), info_.video, pts, duration)};
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

  std::unique_ptr<InputFile> file_;
  std::unique_ptr<PictureDecoder> pictures_;
  MediaInfo info_;
  bool any_picture_ = false;
  std::unique_ptr<AacEncoder> silence_;  // only while missing sound is made up
  std::int64_t silent_samples_ = 0;
  std::deque<Packet> silent_packets_;
};

}  // namespace

Result<std::unique_ptr<MediaReader>> open_media_file(const std::filesystem::path& path,
                                                     const ReaderOptions& options) {
  return FileReader::open(InputFile::open(path), options);
}

Result<std::unique_ptr<MediaReader>> open_media_bytes(Bytes bytes, const ReaderOptions& options) {
  return FileReader::open(InputFile::open(std::move(bytes)), options);
}

}  // namespace streamkit::media
