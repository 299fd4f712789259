#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string>
#include <vector>

namespace streamkit::worker {

/// A finished segment and what its record needs.
struct STREAMKIT_API Segment {
  Chunk file;
  VideoFormat video;
  SegmentKind kind = SegmentKind::Converted;
  /// Parts of the chunk could not be decoded and are missing.
  bool damaged = false;
  /// The depth source that the session chose is missing here; DepthSource::Auto took its place.
  bool depth_replaced = false;
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
  /// The format of the packed frames: also their bits and colours if it is HDR.
  VideoFormat video = {};
  AudioTrack audio = {};
  /// "h264" or "hevc". Empty: it is not known.
  std::string video_codec = {};
  /// Empty unless the video is HDR and states it.
  HdrMetadata hdr = {};
};

/// Where a segment belongs, and what its session chooses. `expected_start` is the end of the one
/// before; empty when that is not known yet.
struct STREAMKIT_API SegmentPlace {
  std::uint64_t index = 0;
  MediaTime chunk_duration = std::chrono::seconds(5);
  std::optional<MediaTime> expected_start = {};
  /// Where the audio of the one before ended.
  std::optional<MediaTime> expected_audio = {};
  /// `Segment::state` of the one before; empty when it is not known.
  Bytes state = {};
  /// The choices of the session for its 3D view. What they leave open is the converter's.
  StereoChoice stereo = {};
};

/// Callbacks of a conversion, on the thread that called convert() or on one of its own, one at a
/// time.
struct STREAMKIT_API ConversionHooks {
  /// Called again and again during the conversion.
  std::function<void()> keep_alive;
  /// Returns the format of the stream, with which the chunk is brought in line; nothing if it is
  /// not known, or if this chunk begins the stream. May be empty.
  std::function<std::optional<StreamFormat>()> stream = {};
  /// Returns the segment before; called for a chunk without video, which shows its last frame.
  /// Empty bytes: there is none. May be empty.
  std::function<Bytes()> segment_before = {};
  /// Called when the tracks of the chunk are known and decoding begins. May be empty.
  std::function<void()> opened = {};
};

/// The source format of a filler in a stream of which no format is known.
inline constexpr VideoFormat kFillerSource{.width_px = 1280, .height_px = 720};

/// The parts of a black segment.
struct STREAMKIT_API FillerParts {
  StreamFormat stream = {};
  /// A chunk whose audio is used if it can be decoded. Empty: silence.
  Bytes chunk = {};
  /// Called again and again while the segment is created. May be empty.
  std::function<void()> keep_alive = {};
};

/// The port to what turns stored chunks into segments in memory. Whatever decodes bytes that others
/// sent is behind it.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ChunkConverter {
 public:
  virtual ~ChunkConverter() = default;

  /// Returns the limits of a chunk.
  [[nodiscard]] virtual const ResourcePolicy& policy() const noexcept = 0;

  /// Converts a chunk. `kind` is Converted or Flat; DepthSource::Flat in `place` makes it Flat. A
  /// chunk cut by this library keeps its
  /// timestamps; any other file is moved to its place, its audio joined to the segment before.
  /// Frames of another size than the stream's are scaled; HDR is tone-mapped in a stream of SDR,
  /// and SDR converted in one of HDR. Audio is copied if it is AAC like that of the stream,
  /// otherwise encoded. A chunk without video becomes a filler with its audio. A chunk is inspected
  /// before it is decoded. No exception is thrown.
  /// Errors: Unavailable (the segment before is needed and not there yet); CorruptData,
  /// Unsupported, Internal (conversion); those of limit_exceeded() (the chunk exceeds the policy)
  /// and ResourceExhausted (it ended the process that converted it): it should
  /// not be decoded again; Cancelled.
  virtual Result<Segment> convert(Bytes chunk, StereoMode mode, const SegmentPlace& place,
                                  SegmentKind kind, const ConversionHooks& hooks,
                                  std::stop_token stop) const = 0;

  /// Creates a black segment: as long as the audio of the chunk, or of the nominal duration and
  /// silent. Errors: Internal; Cancelled.
  virtual Result<Segment> filler(const SegmentPlace& place, StereoMode mode, FillerParts parts,
                                 std::stop_token stop) const = 0;

  /// Returns the format of a stream that begins with this chunk. Errors: those of convert().
  virtual Result<StreamFormat> format_of(Bytes first_chunk, StereoMode mode,
                                         std::stop_token stop) const = 0;

  /// Returns the format of a stream from one of its segments. Errors: CorruptData, Unsupported (not
  /// a segment with audio); Internal; Cancelled.
  virtual Result<StreamFormat> stored_format(Bytes segment, std::stop_token stop) const = 0;
};

}  // namespace streamkit::worker
