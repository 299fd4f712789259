#include "worker/still_segment.hpp"

#include <algorithm>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/timeline_fitter.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/sound_encoder.hpp>

#include "worker/segment_state.hpp"
#include "worker/segment_timeline.hpp"

namespace streamkit::worker {
namespace {

// Writes a value of 8 bits in the samples of the frame.
void fill(const WritablePlane& plane, PixelFormat samples, std::uint8_t value) {
  for (int y = 0; y < plane.height_px; ++y) {
    if (samples == PixelFormat::I420) {
      std::fill_n(plane.row(y), plane.width_px, value);
    } else {
      auto* row = reinterpret_cast<std::uint16_t*>(plane.row(y));
      std::fill_n(row, plane.width_px, static_cast<std::uint16_t>(value << 2));
    }
  }
}

VideoFrame black_frame(const VideoFormat& format) {
  FramePool pool;
  WritableFrame black = pool.acquire(format);
  for (int p = 0; p < 3; ++p) fill(black.plane(p), format.pixel_format, p == 0 ? 16 : 128);
  return std::move(black).publish(MediaTime{0}, format.frame_rate.frame_duration());
}

VideoFrame frame_of(const StillSegment& still) {
  const VideoFormat& format = still.stream.video;
  const bool usable = still.frame && still.frame->format.width_px == format.width_px &&
                      still.frame->format.height_px == format.height_px &&
                      still.frame->format.pixel_format == format.pixel_format;
  VideoFrame frame = usable ? *still.frame : black_frame(format);
  frame.format = format;
  frame.duration = format.frame_rate.frame_duration();
  return frame;
}

// Passes on all audio, moved so that the chunk starts at 0. Returns where it ends.
Result<MediaTime> write_sound(const StillSegment& still, MediaReader& sound, PacketSink& sink,
                              const std::stop_token& stop) {
  const MediaTime start = sound.info().start;
  MediaTime end{0};
  for (;;) {
    auto item = sound.read(stop);
    const bool ends = !item && (item.error().code == ErrorCode::Cancelled ||
                                item.error().code == ErrorCode::Unsupported);
    if (ends) return item.error();
    if (!item || std::holds_alternative<EndOfStream>(*item)) return end;
    auto* packet = std::get_if<Packet>(&*item);
    if (packet == nullptr) continue;
    if (still.keep_alive) still.keep_alive();
    packet->pts -= start;
    packet->dts -= start;
    end = std::max(end, packet->pts + packet->duration);
    if (auto written = sink.write(std::move(*packet)); !written) return written.error();
  }
}

Result<void> write_frames(const StillSegment& still, Encoder& encoder, MediaTime duration,
                          PacketSink& sink, const std::stop_token& stop) {
  const auto pass_on = [&](Result<std::vector<Packet>> packets) -> Result<void> {
    if (!packets) return packets.error();
    for (Packet& packet : *packets) {
      if (auto written = sink.write(std::move(packet)); !written) return written;
    }
    return {};
  };
  const FrameRate rate = still.stream.video.frame_rate;
  VideoFrame frame = frame_of(still);
  const MediaTime end = duration - rate.frame_duration() / 2;
  for (std::int64_t n = 0; n == 0 || rate.time_of(n) <= end; ++n) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "conversion stopped"};
    if (still.keep_alive) still.keep_alive();
    frame.pts = rate.time_of(n);
    if (auto done = pass_on(encoder.push(frame)); !done) return done;
  }
  return pass_on(encoder.flush());
}

Result<TimelinePlace> place_of(const StillSegment& still, const MediaReader* sound) {
  const SegmentPlace& place = still.place;
  if (sound == nullptr) {
    const MediaTime start = place.expected_start.value_or(place.chunk_duration *
                                                          static_cast<std::int64_t>(place.index));
    return TimelinePlace{start, place.expected_audio.value_or(start)};
  }
  auto located = locate(sound->info(), place);
  if (!located) return located;
  const auto begin = audio_start(*located, place);
  if (!begin) return begin.error();
  return TimelinePlace{located->shift + sound->info().start, *begin};
}

}  // namespace

Result<Segment> make_still_segment(const StillSegment& still, MediaReader* sound,
                                   std::stop_token stop) {
  if (sound != nullptr && !sound->info().audio) sound = nullptr;
  const auto timeline = place_of(still, sound);
  if (!timeline) return timeline.error();
  const auto encoder = still.make_encoder(still.stream.video);
  if (!encoder) return encoder.error();
  const auto muxer = media::SegmentMuxer::create();
  TimelineFitter fitter(*muxer, *timeline);
  const AudioTrack& audio = still.stream.audio;
  media::SoundEncoderOptions options{
      .format = audio.codec == "aac" ? audio.format : media::aac_format(audio.format),
      .start = *timeline->audio_start - timeline->shift,
      .joins_next = sound != nullptr,
      .before = still.sound_before};
  options.before.pts -= timeline->shift;
  const auto sounds = media::SoundEncoder::create(fitter, options);
  if (!sounds) return sounds.error();
  Tracks tracks{(*encoder)->tracks().video, {}};
  if (sound != nullptr) tracks.audio = sound->info().audio;
  if (auto opened = (*sounds)->open(tracks); !opened) return opened.error();

  MediaTime duration{0};
  if (sound != nullptr) {
    const auto end = write_sound(still, *sound, **sounds, stop);
    if (!end) return end.error();
    duration = *end;
  }
  if (duration <= MediaTime{0}) duration = still.place.chunk_duration;
  if (auto done = write_frames(still, **encoder, duration, **sounds, stop); !done) {
    return done.error();
  }
  if (auto done = (*sounds)->finish(); !done) return done.error();
  if (auto fitted = fitter.finish(); !fitted) return fitted.error();
  auto file = muxer->finish();
  if (!file) return file.error();
  file->index = still.place.index;
  Segment segment{std::move(*file), still.stream.video, SegmentKind::Filler};
  AudioFrame tail = (*sounds)->tail();
  tail.pts += timeline->shift;
  segment.state = write_segment_state({.sound = std::move(tail)});
  if ((*sounds)->problem()) {
    segment.damaged = true;
    segment.notes.push_back("its audio is silent: " + to_string(*(*sounds)->problem()));
  }
  return segment;
}

}  // namespace streamkit::worker
