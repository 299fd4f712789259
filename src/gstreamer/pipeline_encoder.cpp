#include <algorithm>
#include <deque>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/gstreamer/pipeline_encoder.hpp>
#include <utility>

#include "gstreamer/coded_pipeline.hpp"
#include "gstreamer/nal_units.hpp"
#include "gstreamer/sample_values.hpp"

namespace streamkit::gstreamer {
namespace {

constexpr int kAacSamples = 1024;

Error wrong(const std::string& message) { return {ErrorCode::InvalidArgument, message}; }

GstClockTime nanoseconds(MediaTime time) {
  return static_cast<GstClockTime>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

VideoFrame gray_frame(const VideoFormat& format) {
  WritableFrame frame = FramePool().acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) std::fill_n(plane.row(y), plane.width_px, 128);
  }
  return std::move(frame).publish(MediaTime{0}, format.frame_rate.frame_duration());
}

AudioFrame silence(const AudioFormat& format, int count) {
  AudioFrame frame;
  frame.format = format;
  frame.sample_count = count;
  frame.samples.assign(static_cast<std::size_t>(count) * static_cast<std::size_t>(format.channels),
                       0.0F);
  return frame;
}

int color_code(const VideoFormat& format) { return format.matrix == ColorMatrix::Bt601 ? 6 : 1; }

int primaries_code(const VideoFormat& format) {
  switch (format.primaries) {
    case ColorPrimaries::Bt601Lines525:
      return 6;
    case ColorPrimaries::Bt601Lines625:
      return 5;
    default:
      return 1;
  }
}

// Encodes a frame and some silence to learn what the tracks are.
Result<Tracks> learn_tracks(const PipelineEncoderOptions& options, const VideoFormat& video,
                            const std::optional<AudioFormat>& audio) {
  auto coded = CodedPipeline::open(options, video, audio);
  if (!coded) return coded.error();
  CodedPipeline& trial = **coded;
  if (auto sent = trial.send(gray_frame(video), 0, true); !sent) return sent.error();
  if (audio) {
    if (auto sent = trial.send(silence(*audio, 4 * kAacSamples), 0); !sent) return sent.error();
  }
  trial.end();
  Tracks tracks;
  auto frame = trial.rest_of_video();
  if (!frame) return frame.error().with_context("the video encoder");
  if (*frame == nullptr) return Error{ErrorCode::Unsupported, "the video encoder gives nothing"};
  VideoTrack& track = tracks.video.emplace();
  track.codec = trial.hevc() ? "hevc" : "h264";
  track.format = video;
  track.codec_config = parameter_sets(bytes_of(*gst_sample_get_buffer(frame->get())), trial.hevc());
  track.coded_color = {.primaries = primaries_code(video),
                       .transfer = color_code(video),
                       .matrix = color_code(video),
                       .range = video.range};
  if (!audio) return tracks;
  auto sound = trial.rest_of_audio();
  if (!sound) return sound.error().with_context("the audio encoder");
  const GstCaps* caps = *sound == nullptr ? nullptr : gst_sample_get_caps(sound->get());
  const GValue* config =
      caps == nullptr ? nullptr
                      : gst_structure_get_value(gst_caps_get_structure(caps, 0), "codec_data");
  if (config == nullptr) {
    return Error{ErrorCode::Unsupported, "the audio encoder states no configuration of AAC"};
  }
  AudioTrack& coded_audio = tracks.audio.emplace();
  coded_audio.format = *audio;
  coded_audio.codec_config = bytes_of(*gst_value_get_buffer(config));
  return tracks;
}

class PipelineEncoder final : public Encoder {
 public:
  PipelineEncoder(std::unique_ptr<CodedPipeline> coded, Tracks tracks,
                  const PipelineEncoderOptions& options)
      : coded_(std::move(coded)),
        tracks_(std::move(tracks)),
        grid_{options.chunk_duration},
        audio_to_drop_(options.audio_priming_samples / kAacSamples) {}

  [[nodiscard]] const Tracks& tracks() const noexcept override { return tracks_; }

  Result<std::vector<Packet>> push(const VideoFrame& frame) override {
    const VideoFormat& format = tracks_.video->format;
    if (frame.format.width_px != format.width_px || frame.format.height_px != format.height_px ||
        frame.format.pixel_format != format.pixel_format) {
      return wrong("the format of the frame differs from that of the encoder");
    }
    if (last_pts_ && frame.pts <= *last_pts_) {
      return wrong("the timestamp of the frame is not later than the one before");
    }
    const bool boundary = !last_pts_ || grid_.starts_chunk(*last_pts_, frame.pts);
    last_pts_ = frame.pts;
    expected_.push_back({nanoseconds(frame.pts), frame.pts, frame.duration});
    if (auto sent = coded_->send(frame, nanoseconds(frame.pts), boundary); !sent) {
      return sent.error();
    }
    return take_ready();
  }

  Result<std::vector<Packet>> push(const AudioFrame& frame) override {
    if (!tracks_.audio) return wrong("this encoder was opened without audio");
    if (frame.format != tracks_.audio->format) {
      return wrong("the format of the audio differs from that of the encoder");
    }
    if (auto sent = coded_->send(frame, samples_); !sent) return sent.error();
    samples_ += frame.sample_count;
    return take_ready();
  }

  Result<std::vector<Packet>> flush() override {
    // The encoder holds back its priming: as much silence brings the last samples out.
    if (tracks_.audio && samples_ > 0) {
      const AudioFrame tail = silence(tracks_.audio->format, 2 * kAacSamples);
      if (auto sent = coded_->send(tail, samples_); !sent) return sent.error();
    }
    coded_->end();
    std::vector<Packet> packets;
    for (;;) {
      auto sample = coded_->rest_of_video();
      if (!sample) return sample.error();
      if (*sample == nullptr) break;
      if (auto taken = take_video(**sample, packets); !taken) return taken.error();
    }
    for (;;) {
      auto sample = coded_->rest_of_audio();
      if (!sample) return sample.error();
      if (*sample == nullptr) break;
      take_audio(**sample, packets);
    }
    if (expected_.empty()) return packets;
    return Error{ErrorCode::Internal,
                 "the GStreamer encoder lost " + std::to_string(expected_.size()) + " frames"};
  }

 private:
  struct Frame {
    GstClockTime time;
    MediaTime pts;
    MediaTime duration;
  };

  Result<std::vector<Packet>> take_ready() {
    std::vector<Packet> packets;
    while (const SamplePtr sample = coded_->try_video()) {
      if (auto taken = take_video(*sample, packets); !taken) return taken.error();
    }
    while (const SamplePtr sample = coded_->try_audio()) take_audio(*sample, packets);
    return packets;
  }

  Result<void> take_video(GstSample& sample, std::vector<Packet>& packets) {
    const GstClockTime time = running_time(sample);
    if (expected_.empty() || expected_.front().time != time) {
      return Error{ErrorCode::Unsupported,
                   "the GStreamer encoder reorders or drops frames; switch its B-frames off"};
    }
    const Frame frame = expected_.front();
    expected_.pop_front();
    Packet packet;
    packet.pts = frame.pts;
    packet.dts = frame.pts;
    packet.duration = frame.duration;
    packet.data = bytes_of(*gst_sample_get_buffer(&sample));
    packet.keyframe = is_idr(packet.data, coded_->hevc());
    packets.push_back(std::move(packet));
    return {};
  }

  void take_audio(GstSample& sample, std::vector<Packet>& packets) {
    if (audio_to_drop_ > 0) {
      --audio_to_drop_;
      return;
    }
    const int rate = tracks_.audio->format.sample_rate_hz;
    const std::int64_t first = audio_packets_ * kAacSamples;
    if (first >= samples_) return;  // of the silence at the end
    ++audio_packets_;
    Packet packet;
    packet.track = TrackKind::Audio;
    packet.pts = from_ticks(first, 1, rate);
    packet.dts = packet.pts;
    packet.duration = from_ticks(kAacSamples, 1, rate);
    packet.keyframe = true;
    packet.data = bytes_of(*gst_sample_get_buffer(&sample));
    packets.push_back(std::move(packet));
  }

  const std::unique_ptr<CodedPipeline> coded_;
  const Tracks tracks_;
  const ChunkGrid grid_;
  std::optional<MediaTime> last_pts_;
  std::deque<Frame> expected_;
  std::int64_t samples_ = 0;
  std::int64_t audio_packets_ = 0;
  int audio_to_drop_;
};

Result<void> check(const PipelineEncoderOptions& options, const VideoFormat& video,
                   const std::optional<AudioFormat>& audio) {
  if (options.chunk_duration < kMinChunkDuration) {
    return wrong("chunk duration must be 0.5 s or more");
  }
  if (options.audio_priming_samples < 0) return wrong("audio priming must be 0 or more");
  if (video.pixel_format != PixelFormat::I420) return wrong("frames must be of 8 bits");
  if (video.width_px < 2 || video.height_px < 2 || video.width_px % 2 != 0 ||
      video.height_px % 2 != 0) {
    return wrong("frame sides must be even, from 2");
  }
  if (!video.frame_rate.valid()) return wrong("frame rate must be a positive fraction");
  if (audio && (audio->channels < 1 || audio->channels > 2)) {
    return wrong("audio must have 1 or 2 channels");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Encoder>> open_encoder(const PipelineEncoderOptions& options,
                                              const VideoFormat& video,
                                              const std::optional<AudioFormat>& audio) {
  if (auto checked = check(options, video, audio); !checked) return checked.error();
  auto tracks = learn_tracks(options, video, audio);
  if (!tracks) return tracks.error();
  auto coded = CodedPipeline::open(options, video, audio);
  if (!coded) return coded.error();
  return std::unique_ptr<Encoder>(
      std::make_unique<PipelineEncoder>(*std::move(coded), *std::move(tracks), options));
}

}  // namespace streamkit::gstreamer
