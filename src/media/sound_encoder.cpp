#include <algorithm>
#include <array>
#include <streamkit/media/sound_encoder.hpp>
#include <utility>

#include "media/aac_encoder.hpp"
#include "media/sound_converter.hpp"

namespace streamkit::media {
namespace {

// The block of an AAC packet is twice as long as what it adds to the time, and overlaps that of the
// next packet, which also determines the shape of its window. Two packets of earlier audio bring
// the encoder to the state of an unbroken stream.
constexpr std::int64_t kPacket = 1024;
constexpr std::int64_t kNeeded = 3 * kPacket;
constexpr std::int64_t kContext = 2 * kPacket;
constexpr int kBitRatePerChannel = 64'000;

// Decoded audio; sample 0 is at the time of the first packet.
class Samples {
 public:
  explicit Samples(const AudioFormat& format)
      : format_(format), channels_(static_cast<std::size_t>(format.channels)) {}

  void append(const AudioFrame& frame) {
    const auto count = static_cast<std::size_t>(frame.sample_count);
    for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
      const float* first = frame.samples.data() + channel * count;
      channels_[channel].insert(channels_[channel].end(), first, first + count);
    }
  }

  void forget_before(std::int64_t index) {
    const std::int64_t count = std::clamp<std::int64_t>(index - first_, 0, end() - first_);
    for (auto& channel : channels_) channel.erase(channel.begin(), channel.begin() + count);
    first_ += count;
  }

  // Returns samples [from, to), with silence where there are none.
  [[nodiscard]] AudioFrame copy(std::int64_t from, std::int64_t to) const {
    AudioFrame frame;
    frame.format = format_;
    frame.sample_count = static_cast<int>(to - from);
    for (const auto& channel : channels_) {
      for (std::int64_t i = from; i < to; ++i) {
        const bool known = i >= first_ && i < end();
        frame.samples.push_back(known ? channel[static_cast<std::size_t>(i - first_)] : 0.0F);
      }
    }
    return frame;
  }

  void set_first(std::int64_t index) { first_ = index; }
  [[nodiscard]] std::int64_t first() const { return first_; }
  [[nodiscard]] std::int64_t end() const {
    return first_ + static_cast<std::int64_t>(channels_[0].size());
  }

 private:
  const AudioFormat format_;
  std::vector<std::vector<float>> channels_;
  std::int64_t first_ = 0;
};

class AacSoundEncoder final : public SoundEncoder {
 public:
  AacSoundEncoder(PacketSink& next, const SoundEncoderOptions& options,
                  std::unique_ptr<AacEncoder> encoder)
      : next_(next),
        options_(options),
        encoder_(std::move(encoder)),
        video_end_(options.start),
        samples_(options.format) {}

  Result<void> open(const Tracks& tracks) override {
    if (tracks.audio) {
      auto converter = SoundConverter::open(*tracks.audio, options_.format, options_.start);
      if (converter) converter_ = std::move(*converter);
      if (!converter) problem_ = converter.error();
    }
    if (auto opened = next_.open({tracks.video, encoder_->track()}); !opened) return opened;
    return push_context();
  }

  Result<void> write(Packet packet) override {
    if (packet.track == TrackKind::Video) {
      video_end_ = std::max(video_end_, packet.pts + packet.duration);
      return next_.write(std::move(packet));
    }
    if (converter_ == nullptr) return {};
    if (auto pushed = converter_->push(packet); !pushed) {
      give_up(pushed.error());
      return {};
    }
    return take_samples();
  }

  Result<void> finish() override {
    if (converter_ != nullptr) {
      if (auto flushed = converter_->flush(); !flushed) give_up(flushed.error());
    }
    if (converter_ != nullptr) {
      if (converter_->damaged() && !problem_) {
        problem_ = Error{ErrorCode::CorruptData, "parts of the audio cannot be decoded"};
      }
      if (auto taken = take_samples(); !taken) return taken;
    }
    return options_.joins_next ? finish_segment() : finish_file();
  }

  const AudioFrame& tail() const noexcept override { return tail_; }
  const std::optional<Error>& problem() const noexcept override { return problem_; }

 private:
  [[nodiscard]] std::int64_t index_of(MediaTime time) const {
    return to_ticks(time - options_.start, 1, options_.format.sample_rate_hz);
  }
  [[nodiscard]] MediaTime time_of(std::int64_t index) const {
    return options_.start + from_ticks(index, 1, options_.format.sample_rate_hz);
  }

  void give_up(const Error& error) {
    problem_ = error;
    converter_.reset();
  }

  // Encodes the end of the segment before, whose packets are left out, and what it has of the time
  // after `start`.
  Result<void> push_context() {
    const AudioFrame& before = options_.before;
    if (before.sample_count == 0 || before.format != options_.format) return {};
    Samples known(options_.format);
    known.set_first(index_of(before.pts));
    // It belongs to another time: silence from here to there could have any length.
    if (known.first() > 0) return {};
    known.append(before);
    skipped_ = kContext;
    replaced_ = std::max<std::int64_t>(known.end(), 0);
    if (auto pushed = encode(known.copy(-kContext, 0)); !pushed) return pushed;
    const AudioFrame after = known.copy(0, replaced_);
    samples_.append(after);
    return encode(after);
  }

  Result<void> take_samples() {
    AudioFrame frame = converter_->take();
    const std::int64_t begin = std::exchange(converted_, converted_ + frame.sample_count);
    const std::int64_t drop = std::clamp<std::int64_t>(replaced_ - begin, 0, frame.sample_count);
    if (drop > 0) {
      Samples whole(options_.format);
      whole.append(frame);
      frame = whole.copy(drop, frame.sample_count);
    }
    return add(frame);
  }

  Result<void> add(const AudioFrame& frame) {
    if (frame.sample_count == 0) return {};
    if (options_.joins_next) keep(frame);
    return encode(frame);
  }

  // Keeps the samples from which the tail is taken: those around the end of the video, which is
  // never earlier than the video so far.
  void keep(const AudioFrame& frame) {
    constexpr std::int64_t kMostSeconds = 60;
    const std::int64_t most = kMostSeconds * options_.format.sample_rate_hz;
    samples_.forget_before(index_of(video_end_) - 8 * kPacket);
    overflowed_ = overflowed_ || samples_.end() - samples_.first() > most;
    if (!overflowed_) samples_.append(frame);
  }

  Result<void> encode(const AudioFrame& frame) {
    std::vector<Packet> packets;
    if (frame.sample_count > 0) {
      if (auto pushed = encoder_->push(frame, packets); !pushed) return pushed;
    }
    return take_packets(std::move(packets));
  }

  Result<void> take_packets(std::vector<Packet> packets) {
    const MediaTime skipped = from_ticks(skipped_, 1, options_.format.sample_rate_hz);
    for (Packet& packet : packets) {
      if (packet.pts < skipped) continue;
      packet.pts += options_.start - skipped;
      packet.dts = packet.pts;
      if (options_.joins_next) {
        packets_.push_back(std::move(packet));
      } else if (auto written = next_.write(std::move(packet)); !written) {
        return written;
      }
    }
    return {};
  }

  Result<void> finish_file() {
    if (converter_ == nullptr) {
      if (auto filled = fill_with_silence(index_of(video_end_)); !filled) return filled;
    }
    std::vector<Packet> packets;
    if (auto flushed = encoder_->flush(packets); !flushed) return flushed;
    return take_packets(std::move(packets));
  }

  Result<void> finish_segment() {
    const std::int64_t end = std::max<std::int64_t>(index_of(video_end_), 0);
    if (auto filled = fill_with_silence(end); !filled) return filled;
    std::vector<Packet> rest;
    if (auto flushed = encoder_->flush(rest); !flushed) return flushed;
    if (auto taken = take_packets(std::move(rest)); !taken) return taken;

    std::int64_t kept = 0;
    for (Packet& packet : packets_) {
      if (index_of(packet.pts) + kNeeded > end) break;
      kept = index_of(packet.pts) + kPacket;
      if (auto written = next_.write(std::move(packet)); !written) return written;
    }
    if (kept == 0 || overflowed_) return {};
    tail_ = samples_.copy(kept - kContext, end);
    tail_.pts = time_of(kept - kContext);
    return {};
  }

  Result<void> fill_with_silence(std::int64_t end) {
    std::int64_t at = std::max(converted_, replaced_);
    while (at < end) {
      const std::int64_t count = std::min<std::int64_t>(end - at, 16 * kPacket);
      if (auto added = add(Samples(options_.format).copy(0, count)); !added) return added;
      at += count;
    }
    return {};
  }

  PacketSink& next_;
  const SoundEncoderOptions options_;
  const std::unique_ptr<AacEncoder> encoder_;
  std::unique_ptr<SoundConverter> converter_;  // null without audio that can be decoded
  std::optional<Error> problem_;
  MediaTime video_end_;
  std::int64_t skipped_ = 0;    // samples that the encoder was given from before `start`
  std::int64_t replaced_ = 0;   // samples that are taken from the segment before
  std::int64_t converted_ = 0;  // samples of the track so far
  Samples samples_;             // of the tail
  bool overflowed_ = false;
  std::vector<Packet> packets_;
  AudioFrame tail_;
};

}  // namespace

AudioFormat aac_format(const AudioFormat& format) noexcept {
  constexpr int kLeastRate = 44'100;
  const int rate = format.sample_rate_hz <= kLeastRate ? kLeastRate : 48'000;
  return {rate, format.channels <= 2 ? std::max(format.channels, 1) : 6};
}

Result<AudioTrack> aac_track(const AudioFormat& format) {
  auto encoder = AacEncoder::open(format, kBitRatePerChannel * format.channels);
  if (!encoder) return encoder.error();
  return (*encoder)->track();
}

bool is_same_aac(const AudioTrack& track, const AudioTrack& next) {
  // The first two bytes hold the kind, the rate, the channels and the length of a packet. Source:
  // ISO/IEC 14496-3:2019, 1.6.2.1 and 4.4.1.
  constexpr std::size_t kSignificant = 2;
  return track.codec == "aac" && next.codec == "aac" && track.format == next.format &&
         track.codec_config.size() >= kSignificant && next.codec_config.size() >= kSignificant &&
         std::equal(track.codec_config.begin(), track.codec_config.begin() + kSignificant,
                    next.codec_config.begin());
}

Result<std::unique_ptr<SoundEncoder>> SoundEncoder::create(PacketSink& next,
                                                           const SoundEncoderOptions& options) {
  auto encoder = AacEncoder::open(options.format, kBitRatePerChannel * options.format.channels);
  if (!encoder) return encoder.error();
  return std::unique_ptr<SoundEncoder>(
      std::make_unique<AacSoundEncoder>(next, options, std::move(*encoder)));
}

}  // namespace streamkit::media
