#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include "fuzz/input_hash.hpp"

using namespace streamkit;
using worker::SegmentConverter;
using worker::SegmentPlace;

namespace {

constexpr MediaTime kChunk = std::chrono::seconds(1);

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// A stream of small pictures, whose later chunks are scaled to them.
worker::StreamFormat small_stream(StereoMode mode) {
  worker::StreamFormat stream;
  stream.video = packed_format(mode, {.width_px = 48, .height_px = 32});
  stream.audio.codec = "aac";
  stream.audio.codec_config = {0x14, 0x08};  // AAC-LC, 16 kHz, one channel
  stream.audio.format = {16'000, 1};
  return stream;
}

// The first chunk of a stream, or a later one.
SegmentPlace place_of(std::uint64_t choice) {
  SegmentPlace place;
  place.chunk_duration = kChunk;
  if (choice % 4 == 0) return place;
  place.index = 3;
  place.expected_start = 3 * kChunk;
  place.expected_audio = 3 * kChunk + std::chrono::milliseconds(10);
  return place;
}

// Frames that would only take time are refused: the sanitizers make a second of work a minute.
ResourcePolicy policy_for_fuzzing() {
  ResourcePolicy policy;
  policy.max_pixels = std::int64_t{1024} * 1024;
  return policy;
}

// Depth from cues costs little; the default, with a network, is for few inputs.
const SegmentConverter& converter_of(std::uint64_t choice) {
  static const media::EncoderOptions kFast{
      .preset = "ultrafast", .crf = 40, .audio_bit_rate_bps = 32'000, .threads = 1};
  static const SegmentConverter kCues({}, kFast, worker::cue_depth({.longest_side_px = 16}), false,
                                      policy_for_fuzzing());
  static const SegmentConverter kDefault({.automatic_convergence = true}, kFast,
                                         worker::fused_depth(), false, policy_for_fuzzing());
  return choice / 64 % 64 == 0 ? kDefault : kCues;
}

StereoMode mode_of(std::uint64_t choice) {
  constexpr std::array<StereoMode, 6> kModes = {StereoMode::FullSbs,        StereoMode::HalfTb,
                                                StereoMode::AnaglyphDubois, StereoMode::Vr180,
                                                StereoMode::Rgbd,           StereoMode::LeftView};
  return kModes[choice / 4 % kModes.size()];
}

// What every segment has to be.
void check_segment(const worker::Segment& segment) {
  constexpr MediaTime kLongest = 2 * kChunk + std::chrono::seconds(3);
  require(segment.file.header_bytes > 0, "a segment has a header");
  require(segment.file.header_bytes < segment.file.data.size(), "a segment has media");
  require(segment.file.duration > MediaTime{0}, "a segment has a duration");
  require(segment.file.duration <= kLongest, "a segment is no longer than a chunk may be");
  require(segment.video.width_px > 0 && segment.video.height_px > 0, "a segment has frames");
}

// Converts the chunk once more, as the one that follows.
void convert_next(const SegmentConverter& converter, Bytes chunk, StereoMode mode,
                  SegmentPlace place, const worker::Segment& before,
                  const worker::ConversionHooks& hooks) {
  ++place.index;
  place.expected_start = before.file.start + before.file.duration;
  place.expected_audio = before.file.audio_end;
  place.state = before.state;
  const auto next =
      converter.convert(std::move(chunk), mode, place, SegmentKind::Converted, hooks, {});
  if (next) check_segment(*next);
}

}  // namespace

// Whatever the bytes are, they become a segment: of their frames, or a filler.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const media::FfmpegLog kSilent(nullptr);
  const std::uint64_t choice = fuzz::input_hash({data, size});
  const SegmentConverter& converter = converter_of(choice);
  const StereoMode mode = mode_of(choice);
  const SegmentPlace place = place_of(choice);
  const auto kind = choice % 3 == 0 ? SegmentKind::Converted : SegmentKind::Flat;
  const worker::ConversionHooks hooks{.keep_alive = [] {},
                                      .stream = [mode] { return small_stream(mode); }};
  Bytes chunk(data, data + size);
  const auto segment = converter.convert(chunk, mode, place, kind, hooks, {});
  if (segment) {
    check_segment(*segment);
    if (choice % 16 == 2) convert_next(converter, std::move(chunk), mode, place, *segment, hooks);
    return 0;
  }
  require(!segment.error().message.empty(), "an error has a text");
  worker::FillerParts parts;
  parts.stream = small_stream(mode);
  parts.chunk = std::move(chunk);
  const auto filler = converter.filler(place, mode, std::move(parts), {});
  require(filler.has_value(), "a filler can be written for every chunk");
  check_segment(*filler);
  return 0;
}
