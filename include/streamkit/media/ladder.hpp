#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/cmaf_packager.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::media {

/// A rendition of a ladder.
struct STREAMKIT_API LadderRung {
  /// The width is in proportion. Even, from 144 to 4320.
  int height_px = 0;
  /// 0: default_bit_rate_bps().
  int bit_rate_bps = 0;

  friend bool operator==(const LadderRung&, const LadderRung&) = default;
};

/// Parses heights, each with a bit rate if it is to be another than the usual one: "1080,720,480",
/// "1080:5M,720:2500k". Returns the highest first. Errors: InvalidArgument (names what is wrong).
STREAMKIT_API Result<std::vector<LadderRung>> parse_ladder(std::string_view text);

/// Returns a bit rate of H.264 for video of this height: 5 Mbit/s at 1080 lines and 30 frames a
/// second, a third more above 40 frames.
STREAMKIT_API [[nodiscard]] int default_bit_rate_bps(int height_px, FrameRate rate) noexcept;

struct STREAMKIT_API LadderOptions {
  std::vector<LadderRung> rungs;
  /// Keyframes are at the multiples of it, or where the source has them if the top rung is copied,
  /// and at most this far apart. A part of the duration of segments.
  MediaTime keyframe_interval = std::chrono::seconds(1);
  /// Passes on the source as the top rung if it is H.264 and not higher than that rung. Segments
  /// then begin at the keyframes of the source. If these are too far apart, which
  /// CmafCounts::segments_without_keyframe shows, open the ladder again without it.
  bool copy_top = true;
  /// As in EncoderOptions. With the encoder "auto", encoders are tried once for all rungs, and a
  /// rung that the chosen one does not take is encoded by the processor.
  std::string preset = "superfast";
  std::string encoder = {};
  /// How many frames wait for the encoder of the lowest rung. Higher rungs have less room, so that
  /// they drop frames first. More room hides longer stalls and holds as many decoded frames.
  std::size_t max_waiting_frames = 45;
  /// Called by other threads when take() has something new. It must not block, and not call the
  /// ladder.
  std::function<void()> on_output = {};
};

/// A packet of a track of a ladder.
struct STREAMKIT_API LadderPacket {
  /// An index of Ladder::tracks().
  std::size_t track = 0;
  Packet packet = {};
};

struct STREAMKIT_API LadderRungStats {
  /// The track's name.
  std::string name;
  int height_px = 0;
  bool copied = false;
  /// Frames passed on, and frames left out because decoding or encoding was too slow.
  std::uint64_t frames = 0;
  std::uint64_t dropped_frames = 0;
};

/// Creates the renditions of a live stream: it decodes the video once and encodes each rung on a
/// thread of its own. Audio and a copied top rung pass through. The source never waits: a rung that
/// is too slow drops frames, which are counted. Timestamps stay those of the source.
/// Thread-safety: one thread at a time.
class STREAMKIT_API Ladder {
 public:
  /// Rungs that are higher than the source are left out, except that the highest rung becomes one
  /// of the source's size. Errors: InvalidArgument (no video, no rung, the options); Unsupported (a
  /// codec).
  static Result<std::unique_ptr<Ladder>> open(const Tracks& source, LadderOptions options);
  /// Stops the threads. Frames that are not encoded yet are lost.
  virtual ~Ladder() = default;

  /// The tracks for a CmafPackager: "v0" is the highest rung, and the last one is "a0" if there is
  /// audio.
  [[nodiscard]] virtual const std::vector<CmafTrack>& tracks() const noexcept = 0;
  /// Takes the next packet of the source and returns what is ready. Does not block.
  /// Errors: those of decoder and encoders; Internal.
  virtual Result<std::vector<LadderPacket>> push(Packet packet) = 0;
  /// Returns what became ready since. Does not block. Errors: as push().
  virtual Result<std::vector<LadderPacket>> take() = 0;
  /// Ends the source: encodes what waits and returns the rest. No push() may follow. Blocks.
  virtual Result<std::vector<LadderPacket>> flush() = 0;
  /// For each rung, the highest first.
  [[nodiscard]] virtual std::vector<LadderRungStats> stats() const = 0;
};

}  // namespace streamkit::media
