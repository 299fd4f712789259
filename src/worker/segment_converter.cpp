#include <streamkit/worker/segment_converter.hpp>

#include <streamkit/core/contained.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/timeline_fitter.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/sound_encoder.hpp>
#include <streamkit/stereo/stereo_runner.hpp>

#include "worker/chunk_reading.hpp"
#include "worker/segment_state.hpp"
#include "worker/segment_timeline.hpp"
#include "worker/sound_plan.hpp"
#include "worker/still_segment.hpp"

namespace streamkit::worker {
namespace {

// Returns the last frame of a segment; nothing if there is none.
std::optional<VideoFrame> last_frame(Bytes segment, const std::stop_token& stop) {
  if (segment.empty()) return {};
  const auto reader = media::open_media_bytes(std::move(segment), {.keep_hdr = true});
  if (!reader) return {};
  std::optional<VideoFrame> last;
  for (;;) {
    auto item = (*reader)->read(stop);
    if (!item || std::holds_alternative<EndOfStream>(*item)) return last;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) last = std::move(*frame);
  }
}

// A chunk is in memory: what FFmpeg reports of it is no failure of a store that could pass.
Error of_bytes(Error error) {
  if (error.domain == "ffmpeg" &&
      (error.retryable() || error.code == ErrorCode::ResourceExhausted)) {
    error.code = ErrorCode::CorruptData;
  }
  if (error.code != ErrorCode::ResourceExhausted) return error;
  return limit_exceeded(Limit::Memory, "memory: " + error.message + " (--max-memory-mib)");
}

// Calls a function on bytes of unknown origin.
template <typename Function>
std::invoke_result_t<Function> on_bytes(Function&& function) {
  auto done = contained(std::forward<Function>(function));
  if (!done) return of_bytes(done.error());
  return done;
}

}  // namespace

std::string_view outcome_label(SegmentKind kind) noexcept {
  switch (kind) {
    case SegmentKind::Converted:
      return "converted";
    case SegmentKind::Flat:
      return "flat";
    case SegmentKind::Filler:
      return "filler";
  }
  return "filler";
}

// The way of one chunk to its segment, step by step.
class SegmentConverter::Conversion {
 public:
  Conversion(const SegmentConverter& converter, StereoMode mode, const SegmentPlace& place,
             SegmentKind kind, const ConversionHooks& hooks)
      : converter_(converter),
        mode_(mode),
        place_(place),
        kind_(place.stereo.depth == DepthSource::Flat ? SegmentKind::Flat : kind),
        hooks_(hooks),
        log_(place) {}

  Result<Segment> run(Bytes chunk, std::stop_token stop) {
    auto segment = convert_bytes(std::move(chunk), std::move(stop));
    if (segment) {
      segment->notes.insert(segment->notes.end(), log_.lines().begin(), log_.lines().end());
    }
    return segment;
  }

 private:
  Result<Segment> convert_bytes(Bytes chunk, std::stop_token stop) {
    if (hooks_.stream && place_.index > 0) stream_ = hooks_.stream();
    if (auto before = read_segment_state(place_.state)) {
      before_ = *std::move(before);
    } else {
      refused_ = before.error();
    }
    auto options = reader_options(mode_, stream_, converter_.keeps_hdr(mode_),
                                  limits_of(converter_.policy_, place_.chunk_duration));
    options.context.logger = &log_;
    auto reader = media::open_media_bytes(std::move(chunk), options);
    if (!reader) return reader.error();
    if (hooks_.opened) hooks_.opened();
    if ((*reader)->info().video.width_px == 0) return still(**reader, stop);
    if (auto checked = check_size((*reader)->info().video); !checked) return checked.error();
    return convert(**reader, stop);
  }

  Result<void> check_size(const VideoFormat& source) {
    const VideoFormat packed = packed_format(mode_, source);
    if (auto checked = check_packed_size(converter_.policy_, packed); !checked) return checked;
    if (!stream_ || same_size(packed, stream_->video)) return {};
    return Error{ErrorCode::Unsupported, "frames of " + size_text(source) +
                                             " cannot be brought to those of the stream, " +
                                             size_text(stream_->video)};
  }

  // A chunk without video.
  Result<Segment> still(MediaReader& sound, std::stop_token stop) {
    FillerParts parts;
    parts.stream.video = packed_format(mode_, kFillerSource);
    parts.stream.audio.format = media::aac_format(sound.info().audio->format);
    if (stream_) parts.stream = *stream_;
    parts.keep_alive = hooks_.keep_alive;
    std::optional<VideoFrame> frame;
    if (hooks_.segment_before) frame = last_frame(hooks_.segment_before(), stop);
    auto segment =
        converter_.still(place_, mode_, parts, std::move(frame), &sound, std::move(stop));
    if (!segment) return segment;
    segment->notes.insert(segment->notes.begin(),
                          "it has no video: its audio is played with a still frame");
    return segment;
  }

  Result<Segment> convert(MediaReader& reader, std::stop_token stop) {
    const auto timeline = locate(reader.info(), place_);
    if (!timeline) return timeline.error();
    auto plan = plan_sound(*reader.info().audio, stream_, *timeline, place_, before_.sound);
    if (!plan) return plan.error();
    note_light(reader.info(), plan->notes);
    const auto muxer = media::SegmentMuxer::create();
    TimelineFitter fitter(*muxer, *timeline);
    PacketSink* sink = &fitter;
    std::unique_ptr<media::SoundEncoder> sounds;
    if (plan->encode) {
      auto created = media::SoundEncoder::create(fitter, *plan->encode);
      if (!created) return created.error();
      sounds = std::move(*created);
      sink = sounds.get();
    }
    auto stats = render(reader, *sink, stop);
    if (!stats) return stats.error();
    SegmentState after{std::move(stats->depth_state), std::move(stats->view_state)};
    if (sounds != nullptr) {
      if (auto finished = sounds->finish(); !finished) return finished.error();
      after.sound = sounds->tail();
      after.sound.pts += timeline->shift;
      if (sounds->problem()) {
        plan->notes.push_back("its audio, or a part of it, is silent: " +
                              to_string(*sounds->problem()));
      }
    }
    if (auto fitted = fitter.finish(); !fitted) return fitted.error();
    auto file = muxer->finish();
    if (!file) return file.error();
    file->index = place_.index;
    return Segment{std::move(*file),
                   stats->video,
                   kind_,
                   reader.damaged() || (sounds != nullptr && sounds->problem()),
                   replaces_depth(),
                   write_segment_state(after),
                   refused_ ? refused_ : std::move(stats->state_refused),
                   std::move(plan->notes)};
  }

  void note_light(const MediaInfo& chunk, std::vector<std::string>& notes) const {
    if (!stream_ || chunk.stores_hdr == is_hdr(stream_->video)) return;
    notes.push_back(chunk.stores_hdr
                        ? "its video is HDR, and was tone-mapped to the SDR of the stream"
                        : "its video is SDR, and was converted to the HDR of the stream");
  }

  Result<stereo::RunStats> render(MediaReader& reader, PacketSink& sink, std::stop_token stop) {
    stereo::StereoOptions options = stereo::with_choice(converter_.stereo_, place_.stereo);
    options.mode = mode_;
    auto renderer = stereo::ForwardWarpRenderer::create(options);
    if (!renderer) return renderer.error();
    const auto estimator = kind_ == SegmentKind::Flat ? flat_depth(options.convergence)()
                                                      : depth_of(place_.stereo.depth)();
    if (!estimator) return estimator.error();
    const std::string codec = stream_ ? stream_->video_codec : std::string();
    const HdrMetadata& hdr = stream_ ? stream_->hdr : reader.info().hdr;
    stereo::StereoRunner runner(
        {**estimator, **renderer, converter_.encoder_factory(place_, mode_, codec, hdr)});
    stereo::RunOptions run_options;
    run_options.on_progress = [&](const stereo::RunProgress&) { hooks_.keep_alive(); };
    if (kind_ == SegmentKind::Converted) {
      run_options.depth_state = std::move(before_.depth);
      run_options.view_state = std::move(before_.views);
    }
    return runner.run(reader, sink, run_options, std::move(stop));
  }

  [[nodiscard]] const DepthEstimatorFactory& depth_of(std::optional<DepthSource> source) const {
    if (!source) return converter_.make_depth_;
    const ChosenDepth& chosen = converter_.chosen_depth_;
    if (*source == DepthSource::Network) return chosen.network;
    if (*source == DepthSource::Cues) return chosen.cues;
    if (*source == DepthSource::Onnx && chosen.onnx) return chosen.onnx;
    return chosen.automatic;
  }

  [[nodiscard]] bool replaces_depth() const {
    return place_.stereo.depth == DepthSource::Onnx && kind_ == SegmentKind::Converted &&
           !converter_.chosen_depth_.onnx;
  }

  const SegmentConverter& converter_;
  const StereoMode mode_;
  const SegmentPlace& place_;
  const SegmentKind kind_;
  const ConversionHooks& hooks_;
  ReaderLog log_;
  std::optional<StreamFormat> stream_;
  SegmentState before_;
  std::optional<Error> refused_;
};

bool SegmentConverter::keeps_hdr(StereoMode mode) const {
  if (!keep_hdr_) return false;
  stereo::StereoOptions options;
  options.mode = mode;
  const auto renderer = stereo::ForwardWarpRenderer::create(options);
  const VideoFormat hdr{.width_px = 64, .height_px = 64, .pixel_format = PixelFormat::I420P10};
  return renderer && (*renderer)->output_format(hdr);
}

// An empty `codec` is that of the options.
VideoEncoderFactory SegmentConverter::encoder_factory(const SegmentPlace& place, StereoMode mode,
                                                      std::string_view codec,
                                                      const HdrMetadata& hdr) const {
  media::EncoderOptions encoder = encoder_;
  if (!codec.empty()) {
    const media::VideoCodec kept =
        codec == "hevc" ? media::VideoCodec::Hevc : media::VideoCodec::H264;
    // The named encoder writes the other codec.
    if (kept != encoder.codec) encoder.encoder.clear();
    encoder.codec = kept;
  }
  encoder.hdr = hdr;
  encoder.chunk_duration = place.chunk_duration;
  return media::announce_frame_packing(media::video_encoder_factory(encoder), frame_packing(mode));
}

Result<Segment> SegmentConverter::convert(Bytes chunk, StereoMode mode, const SegmentPlace& place,
                                          SegmentKind kind, const ConversionHooks& hooks,
                                          std::stop_token stop) const {
  return on_bytes([&] {
    return Conversion(*this, mode, place, kind, hooks).run(std::move(chunk), std::move(stop));
  });
}

Result<Segment> SegmentConverter::still(const SegmentPlace& place, StereoMode mode,
                                        const FillerParts& parts, std::optional<VideoFrame> frame,
                                        MediaReader* sound, std::stop_token stop) const {
  StillSegment still{encoder_factory(place, mode, parts.stream.video_codec, parts.stream.hdr),
                     place,
                     parts.stream,
                     std::move(frame),
                     {},
                     parts.keep_alive};
  if (auto before = read_segment_state(place.state)) still.sound_before = std::move(before->sound);
  return make_still_segment(still, sound, std::move(stop));
}

Result<Segment> SegmentConverter::filler(const SegmentPlace& place, StereoMode mode,
                                         FillerParts parts, std::stop_token stop) const {
  if (!parts.chunk.empty()) {
    auto segment = on_bytes([&]() -> Result<Segment> {
      media::ReaderOptions options;
      options.skip_video = true;
      options.limits = limits_of(policy_, place.chunk_duration);
      const auto sound = media::open_media_bytes(std::move(parts.chunk), options);
      if (!sound) return sound.error();
      if (!(*sound)->info().audio) return Error{ErrorCode::CorruptData, "it has no audio"};
      return still(place, mode, parts, {}, sound->get(), stop);
    });
    if (segment || segment.error().code == ErrorCode::Cancelled) return segment;
  }
  return on_bytes([&] { return still(place, mode, parts, {}, nullptr, stop); });
}

Result<StreamFormat> SegmentConverter::format_of(Bytes first_chunk, StereoMode mode,
                                                 std::stop_token /*stop*/) const {
  return on_bytes([&]() -> Result<StreamFormat> {
    // Only its format counts: it may be too long to be converted.
    const auto reader = media::open_media_bytes(
        std::move(first_chunk),
        reader_options(mode, {}, keeps_hdr(mode), limits_of(policy_, MediaTime{0})));
    if (!reader) return reader.error();
    const MediaInfo& chunk = (*reader)->info();
    StreamFormat stream;
    stream.video = packed_format(mode, chunk.video.width_px > 0 ? chunk.video : kFillerSource);
    if (auto checked = check_packed_size(policy_, stream.video); !checked) return checked.error();
    const bool hevc = is_hdr(stream.video) || encoder_.codec == media::VideoCodec::Hevc;
    stream.video_codec = hevc ? "hevc" : "h264";
    stream.hdr = chunk.hdr;
    if (media::is_same_aac(*chunk.audio, *chunk.audio)) {
      stream.audio = *chunk.audio;
      return stream;
    }
    auto track = media::aac_track(media::aac_format(chunk.audio->format));
    if (!track) return track.error();
    stream.audio = std::move(*track);
    return stream;
  });
}

Result<StreamFormat> SegmentConverter::stored_format(Bytes segment,
                                                     std::stop_token /*stop*/) const {
  const auto reader = media::open_media_bytes(std::move(segment), {.keep_hdr = true});
  if (!reader) return reader.error();
  const MediaInfo& stored = (*reader)->info();
  if (!stored.audio) return Error{ErrorCode::Unsupported, "the stored segment has no audio"};
  return StreamFormat{stored.video, *stored.audio, stored.video_codec, stored.hdr};
}

}  // namespace streamkit::worker
