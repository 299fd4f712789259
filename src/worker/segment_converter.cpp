#include <streamkit/worker/segment_converter.hpp>

#include <algorithm>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/timeline_fitter.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/stereo/stereo_runner.hpp>

#include "worker/segment_state.hpp"

namespace streamkit::worker {
namespace {

// The shortest chunk of this kit lasts 0.5 s, so every chunk after the first starts well after this
// time. A file that starts earlier has timestamps of its own.
constexpr MediaTime kOwnTimestamps = kMinChunkDuration / 2;

Result<TimelinePlace> locate(const MediaInfo& chunk, const SegmentPlace& place) {
  const MediaTime tolerance = chunk.video.frame_rate.frame_duration() / 2;
  const auto fits = [&](MediaTime expected) {
    return std::chrono::abs(chunk.start - expected) <= tolerance;
  };
  if (place.index == 0) {
    if (chunk.start == MediaTime{0}) return TimelinePlace{};
    return TimelinePlace{-chunk.start, MediaTime{0}};
  }
  if (place.expected_start && fits(*place.expected_start)) return TimelinePlace{};
  if (!place.expected_start && chunk.start >= kOwnTimestamps) return TimelinePlace{};
  if (!place.expected_start) {
    return Error{ErrorCode::Unavailable, "segment " + std::to_string(place.index - 1) +
                                             " must be there first: this chunk has no place of "
                                             "its own on the timeline"};
  }
  return TimelinePlace{*place.expected_start - chunk.start,
                       place.expected_audio.value_or(*place.expected_start)};
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

Result<Segment> SegmentConverter::convert(Bytes chunk, StereoMode mode, const SegmentPlace& place,
                                          SegmentKind kind, const ConversionHooks& hooks,
                                          std::stop_token stop) const {
  auto reader = media::open_media_bytes(std::move(chunk), {.missing_sound = hooks.stream_sound});
  if (!reader) return reader.error();
  auto timeline = locate((*reader)->info(), place);
  if (!timeline) return timeline.error();

  stereo::StereoOptions options = stereo_;
  options.mode = mode;
  auto renderer = stereo::ForwardWarpRenderer::create(options);
  if (!renderer) return renderer.error();
  const auto estimator =
      kind == SegmentKind::Flat ? flat_depth(options.convergence)() : make_depth_();
  if (!estimator) return estimator.error();

  media::EncoderOptions encoder = encoder_;
  encoder.chunk_duration = place.chunk_duration;
  stereo::StereoRunner runner(
      {**estimator, **renderer,
       media::announce_frame_packing(media::video_encoder_factory(encoder), frame_packing(mode))});
  const auto muxer = media::SegmentMuxer::create();
  TimelineFitter fitter(*muxer, *timeline);
  stereo::RunOptions run_options;
  run_options.on_progress = [&](const stereo::RunProgress&) { hooks.keep_alive(); };
  std::optional<Error> refused;
  if (auto before = read_segment_state(place.state); !before) {
    refused = before.error();
  } else if (kind == SegmentKind::Converted) {
    run_options.depth_state = std::move(before->depth);
    run_options.view_state = std::move(before->views);
  }
  auto stats = runner.run(**reader, fitter, run_options, stop);
  if (!stats) return stats.error();
  if (auto fitted = fitter.finish(); !fitted) return fitted.error();
  auto file = muxer->finish();
  if (!file) return file.error();
  file->index = place.index;
  return Segment{std::move(*file),
                 stats->video,
                 kind,
                 (*reader)->damaged(),
                 write_segment_state({std::move(stats->depth_state), std::move(stats->view_state)}),
                 refused ? refused : std::move(stats->state_refused)};
}

Result<Segment> SegmentConverter::filler(const SegmentPlace& place, StereoMode mode,
                                         const VideoFormat& format,
                                         const AudioFormat& sound) const {
  const MediaTime start =
      place.expected_start.value_or(place.chunk_duration * static_cast<std::int64_t>(place.index));

  media::EncoderOptions config = encoder_;
  config.chunk_duration = place.chunk_duration;
  const VideoEncoderFactory open = [&](const VideoFormat& video) {
    return media::open_encoder(config, video, sound);
  };
  auto encoder = media::announce_frame_packing(open, frame_packing(mode))(format);
  if (!encoder) return encoder.error();
  const auto muxer = media::SegmentMuxer::create();
  TimelineFitter fitter(*muxer, {start, place.expected_audio.value_or(start)});
  if (auto opened = fitter.open((*encoder)->tracks()); !opened) return opened.error();
  const auto pass_on = [&](Result<std::vector<Packet>> packets) -> Result<void> {
    if (!packets) return packets.error();
    for (Packet& packet : *packets) {
      if (auto written = fitter.write(std::move(packet)); !written) return written;
    }
    return {};
  };

  FramePool pool;
  WritableFrame black = pool.acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = black.plane(p);
    const std::uint8_t value = p == 0 ? 16 : 128;
    for (int y = 0; y < plane.height_px; ++y) std::fill_n(plane.row(y), plane.width_px, value);
  }
  VideoFrame picture = std::move(black).publish(MediaTime{0}, format.frame_rate.frame_duration());
  for (std::int64_t n = 0; format.frame_rate.time_of(n) < place.chunk_duration; ++n) {
    picture.pts = format.frame_rate.time_of(n);
    if (auto done = pass_on((*encoder)->push(picture)); !done) return done.error();
  }
  AudioFrame quiet;
  quiet.format = sound;
  quiet.sample_count =
      static_cast<int>(to_ticks(place.chunk_duration, 1, sound.sample_rate_hz)) + 1024;
  quiet.samples.assign(static_cast<std::size_t>(quiet.sample_count * sound.channels), 0.0F);
  if (auto done = pass_on((*encoder)->push(quiet)); !done) return done.error();
  if (auto done = pass_on((*encoder)->flush()); !done) return done.error();
  if (auto fitted = fitter.finish(); !fitted) return fitted.error();
  auto file = muxer->finish();
  if (!file) return file.error();
  file->index = place.index;
  return Segment{std::move(*file), format, SegmentKind::Filler};
}

}  // namespace streamkit::worker
