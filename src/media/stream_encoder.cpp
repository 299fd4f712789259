#include <algorithm>
#include <array>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/media/stream_encoder.hpp>

#include "media/aac_encoder.hpp"
#include "media/encoder_backend.hpp"
#include "media/encoder_choice.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/video_encoder.hpp"

namespace streamkit::media {
namespace {

Error wrong(const std::string& setting) { return {ErrorCode::InvalidArgument, setting}; }

Result<void> check(const EncoderOptions& options, const VideoFormat& video,
                   const std::optional<AudioFormat>& audio) {
  constexpr std::array<std::string_view, 9> kPresets = {"ultrafast", "superfast", "veryfast",
                                                        "faster",    "fast",      "medium",
                                                        "slow",      "slower",    "veryslow"};
  if (options.chunk_duration != MediaTime{0} && options.chunk_duration < kMinChunkDuration) {
    return wrong("chunk duration must be 0.5 s or more");
  }
  if (std::find(kPresets.begin(), kPresets.end(), options.preset) == kPresets.end()) {
    return wrong("unknown preset '" + options.preset +
                 "'; ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, "
                 "veryslow are known");
  }
  if (options.crf < 0 || options.crf > 51) return wrong("crf must be from 0 to 51");
  if (options.video_bit_rate_bps && *options.video_bit_rate_bps < 10'000) {
    return wrong("video bit rate must be 10000 bps or more");
  }
  if (options.audio_bit_rate_bps < 16'000 || options.audio_bit_rate_bps > 512'000) {
    return wrong("audio bit rate must be from 16000 to 512000 bps");
  }
  if (options.height_px != 0 && (options.height_px < 16 || options.height_px % 2 != 0)) {
    return wrong("height must be even and 16 or more, or 0 for the source's");
  }
  if (options.b_frames < 0 || options.b_frames > 16) return wrong("b_frames must be from 0 to 16");
  if (options.threads < 0 || options.threads > 128) return wrong("threads must be from 0 to 128");
  if (video.width_px < 2 || video.height_px < 2 || video.width_px % 2 != 0 ||
      video.height_px % 2 != 0 || video.width_px > 16384 || video.height_px > 16384) {
    return wrong("frame sides must be even, from 2 to 16384, not " +
                 std::to_string(video.width_px) + "x" + std::to_string(video.height_px));
  }
  if (!video.frame_rate.valid()) return wrong("frame rate must be a positive fraction");
  if (audio && (audio->channels < 1 || audio->channels > 2)) {
    return wrong("audio must have 1 or 2 channels");
  }
  return {};
}

class StreamEncoder final : public Encoder {
 public:
  StreamEncoder(std::unique_ptr<VideoEncoder> video, std::unique_ptr<AacEncoder> audio)
      : video_(std::move(video)), audio_(std::move(audio)) {
    tracks_.video = video_->track();
    if (audio_ != nullptr) tracks_.audio = audio_->track();
  }

  const Tracks& tracks() const noexcept override { return tracks_; }

  Result<std::vector<Packet>> push(const VideoFrame& frame) override {
    std::vector<Packet> packets;
    if (auto done = video_->push(frame, packets); !done) return done.error();
    return packets;
  }

  Result<std::vector<Packet>> push(const AudioFrame& frame) override {
    if (audio_ == nullptr) return wrong("this encoder was opened without audio");
    std::vector<Packet> packets;
    if (auto done = audio_->push(frame, packets); !done) return done.error();
    return packets;
  }

  Result<std::vector<Packet>> flush() override {
    std::vector<Packet> packets;
    if (audio_ != nullptr) {
      if (auto done = audio_->flush(packets); !done) return done.error();
    }
    if (auto done = video_->flush(packets); !done) return done.error();
    return packets;
  }

  Result<void> set_video_bit_rate(int bit_rate_bps) override {
    return video_->set_bit_rate(bit_rate_bps);
  }

 private:
  std::unique_ptr<VideoEncoder> video_;
  std::unique_ptr<AacEncoder> audio_;  // null without audio
  Tracks tracks_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> open_encoder_with(const EncoderBackend& backend,
                                                   const EncoderOptions& options,
                                                   const VideoFormat& video,
                                                   const std::optional<AudioFormat>& audio) {
  if (auto checked = check(options, video, audio); !checked) return checked.error();
  auto coded = VideoEncoder::open(backend, options, video);
  if (!coded) return coded.error();
  std::unique_ptr<AacEncoder> aac;
  if (audio) {
    auto opened = AacEncoder::open(*audio, options.audio_bit_rate_bps);
    if (!opened) return opened.error();
    aac = std::move(*opened);
  }
  return std::unique_ptr<Encoder>(
      std::make_unique<StreamEncoder>(std::move(*coded), std::move(aac)));
}

Result<std::unique_ptr<Encoder>> open_encoder(const EncoderOptions& options,
                                              const VideoFormat& video,
                                              const std::optional<AudioFormat>& audio) {
  if (auto checked = check(options, video, audio); !checked) return checked.error();
  const auto backend = backend_of(options, video);
  if (!backend) return backend.error();
  return open_encoder_with(**backend, options, video, audio);
}

VideoEncoderFactory video_encoder_factory(EncoderOptions options) {
  return [options = std::move(options)](const VideoFormat& format) {
    return open_encoder(options, format);
  };
}

}  // namespace streamkit::media
