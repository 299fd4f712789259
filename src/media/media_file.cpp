#include <algorithm>
#include <deque>
#include <optional>
#include <streamkit/media/media_file.hpp>

#include "media/aac_encoder.hpp"
#include "media/file_packet_source.hpp"
#include "media/track_decoder.hpp"

namespace streamkit::media {
namespace {

// Combines a PacketSource and a Decoder, and passes FFmpeg packets between them.
class FileReader final : public MediaReader {
 public:
  static Result<std::unique_ptr<MediaReader>> open(Result<std::unique_ptr<InputFile>> file,
                                                   const ReaderOptions& options) {
    if (!file) return file.error();
    std::unique_ptr<FileReader> reader(new FileReader(std::move(*file), options.start_at_zero));
    if (auto opened = reader->open_video(); !opened) return opened.error();
    if (auto opened = reader->open_sound(options); !opened) return opened.error();
    return std::unique_ptr<MediaReader>(std::move(reader));
  }

  const MediaInfo& info() const noexcept override { return info_; }

  bool damaged() const noexcept override { return decoder_->damaged() || packets_.damaged(); }

  Result<MediaItem> read(std::stop_token stop) override {
    packets_.stop_with(stop);
    for (;;) {
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
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
        if (auto decoded = publish(decoder_->push(**packet)); !decoded) return decoded.error();
      } else {
        return MediaItem{packets_.to_packet(**packet)};
      }
    }
  }

 private:
  FileReader(std::unique_ptr<InputFile> file, bool start_at_zero)
      : packets_(std::move(file)), start_at_zero_(start_at_zero) {}

  Result<void> open_video() {
    auto pictures = PictureDecoder::open(packets_.file(), {});
    if (!pictures) return pictures.error();
    decoder_ = std::make_unique<TrackDecoder>(std::move(*pictures));
    info_.video = decoder_->format();
    info_.duration = packets_.file().duration();
    info_.start = packets_.file().start_of(*packets_.file().video());
    return {};
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
      ready_.push_back(std::move(frame));
      if (silence_ == nullptr) continue;
      if (auto added = add_silence(pts, false); !added) return added;
    }
    return {};
  }

  Result<void> end() {
    if (auto published = publish(decoder_->flush()); !published) return published;
    if (silence_ != nullptr) {
      if (auto added = add_silence(decoder_->end(), true); !added) return added;
    }
    ended_ = true;
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
  std::optional<MediaTime> first_frame_;
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
  return FileReader::open(
      InputFile::open(path, {options.start_at_zero, options.context, options.stop}), options);
}

Result<std::unique_ptr<MediaReader>> open_media_bytes(Bytes bytes, const ReaderOptions& options) {
  return FileReader::open(InputFile::open(std::move(bytes)), options);
}

}  // namespace streamkit::media
