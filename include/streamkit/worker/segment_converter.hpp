#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::worker {

/// A finished segment and what its record needs.
struct STREAMKIT_API Segment {
  Chunk file;
  VideoFormat video;
  SegmentKind kind = SegmentKind::Converted;
  /// Parts of the chunk could not be decoded and are missing.
  bool damaged = false;
  /// Opaque bytes from which the next conversion continues; may be empty.
  Bytes state = {};
  /// Why the state of the segment before, or a part of it, could not be used.
  std::optional<Error> state_refused = {};
  /// Lists the changes that brought the chunk in line with its stream, for people: "its audio
  /// (pcm_s16le) was encoded as AAC".
  std::vector<std::string> notes = {};
};

/// The formats that all segments of a stream have; the first one determines them.
struct STREAMKIT_API StreamFormat {
  /// The format of the packed frames.
  VideoFormat video = {};
  AudioTrack audio = {};
};

/// Where a segment belongs. `expected_start` is the end of the one before; empty when that is not
/// known yet.
struct STREAMKIT_API SegmentPlace {
  std::uint64_t index = 0;
  MediaTime chunk_duration = std::chrono::seconds(5);
  std::optional<MediaTime> expected_start = {};
  /// Where the audio of the one before ended.
  std::optional<MediaTime> expected_audio = {};
  /// `Segment::state` of the one before; empty when it is not known.
  Bytes state = {};
};

/// The value of the label "outcome" of `streamkit_chunks_total`, as in "converted".
STREAMKIT_API [[nodiscard]] std::string_view outcome_label(SegmentKind kind) noexcept;

/// Callbacks of a conversion, on the thread that converts.
struct STREAMKIT_API ConversionHooks {
  /// Called at least once per frame.
  std::function<void()> keep_alive;
  /// Returns the format of the stream, with which the chunk is brought in line; nothing if it is
  /// not known, or if this chunk begins the stream. May be empty.
  std::function<std::optional<StreamFormat>()> stream = {};
  /// Returns the last frame of the segment before, packed; called for a chunk without video. May be
  /// empty.
  std::function<std::optional<VideoFrame>()> last_frame = {};
};

/// The source format of a filler in a stream of which no format is known.
inline constexpr VideoFormat kFillerSource{.width_px = 1280, .height_px = 720};

/// The parts of a segment with a still frame.
struct STREAMKIT_API FillerParts {
  StreamFormat stream = {};
  /// A packed frame. Empty: black.
  std::optional<VideoFrame> frame = {};
  /// A chunk whose audio is used if it can be decoded. Empty: silence.
  Bytes chunk = {};
  /// Called at least once per frame. May be empty.
  std::function<void()> keep_alive = {};
};

/// Turns stored chunks into segments in memory.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API SegmentConverter {
 public:
  SegmentConverter(stereo::StereoOptions stereo, media::EncoderOptions encoder,
                   DepthEstimatorFactory make_depth = fused_depth(), ResourcePolicy policy = {})
      : stereo_(stereo),
        encoder_(std::move(encoder)),
        make_depth_(std::move(make_depth)),
        policy_(std::move(policy)) {}

  [[nodiscard]] const ResourcePolicy& policy() const noexcept { return policy_; }

  /// Converts a chunk. `kind` is Converted or Flat. A chunk cut by this library keeps its
  /// timestamps; any other file is moved to its place, its audio joined to the segment before.
  /// Frames of another size than the stream's are scaled. Audio is copied if it is AAC like that of
  /// the stream, otherwise encoded. A chunk without video becomes a filler with its audio.
  /// A chunk is inspected before it is decoded. No exception is thrown.
  /// Errors: Unavailable (the segment before is needed and not there yet); those of
  /// limit_exceeded(), if the chunk exceeds the policy or memory is exhausted; CorruptData,
  /// Unsupported, Internal (conversion); Cancelled.
  Result<Segment> convert(Bytes chunk, StereoMode mode, const SegmentPlace& place, SegmentKind kind,
                          const ConversionHooks& hooks, std::stop_token stop) const;

  /// Creates a segment with a still frame: as long as the audio of the chunk, or of the nominal
  /// duration and silent.
  Result<Segment> filler(const SegmentPlace& place, StereoMode mode, FillerParts parts) const;

  /// Returns the format of a stream that begins with this chunk. Errors: those of convert().
  [[nodiscard]] Result<StreamFormat> format_of(Bytes first_chunk, StereoMode mode) const;

 private:
  class Conversion;
  [[nodiscard]] VideoEncoderFactory encoder_factory(const SegmentPlace& place,
                                                    StereoMode mode) const;
  Result<Segment> still(const SegmentPlace& place, StereoMode mode, const FillerParts& parts,
                        MediaReader* sound, std::stop_token stop) const;

  const stereo::StereoOptions stereo_;
  const media::EncoderOptions encoder_;
  const DepthEstimatorFactory make_depth_;
  const ResourcePolicy policy_;
};

}  // namespace streamkit::worker
