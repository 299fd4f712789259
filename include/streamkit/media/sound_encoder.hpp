#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/packet_sink.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::media {

/// Returns the format in which audio of `format` is encoded as AAC: a rate that AAC has, at most
/// 48 kHz, and 1, 2 or 6 channels.
STREAMKIT_API [[nodiscard]] AudioFormat aac_format(const AudioFormat& format) noexcept;

/// Returns the track that audio of `format` becomes when it is encoded.
/// Errors: Unsupported (this FFmpeg has no AAC encoder, or not for this format).
STREAMKIT_API Result<AudioTrack> aac_track(const AudioFormat& format);

/// Returns whether packets of `next` can follow those of `track` in one stream: AAC of the same
/// kind, rate and channels, with its configuration.
STREAMKIT_API [[nodiscard]] bool is_same_aac(const AudioTrack& track, const AudioTrack& next);

struct STREAMKIT_API SoundEncoderOptions {
  /// The format of the AAC, as from aac_format().
  AudioFormat format = {};
  /// The time of the first packet. Audio before it is left out.
  MediaTime start{0};
  /// For the segments of a stream, so that their audio joins without a disturbance. The packets
  /// that need audio from beyond the end of the video are then left out, and finish() provides what
  /// the next segment needs: `start` at the end of the last packet, and the audio around it.
  /// Otherwise packets are passed on immediately, up to the end of the audio.
  bool joins_next = false;
  /// Audio around `start` from the segment before; `pts` is the time of its first sample. What is
  /// after `start` replaces the audio of the track there. Empty: unknown. Ignored if it begins
  /// after `start`.
  AudioFrame before = {};
};

/// Encodes the audio of a stream as AAC, whatever its codec, and passes on the video. A track that
/// cannot be decoded becomes silence, see problem().
/// Memory: with `joins_next`, the coded audio, and the decoded audio that is ahead of the video.
/// Thread-safety: as for PacketSink.
class STREAMKIT_API SoundEncoder : public PacketSink {
 public:
  /// `next` must outlive the encoder. Errors: Unsupported (the format).
  static Result<std::unique_ptr<SoundEncoder>> create(PacketSink& next,
                                                      const SoundEncoderOptions& options);
  /// Passes on the rest of the audio. With `joins_next`, and for a stream without audio, silence
  /// fills the time up to the end of the video. Call it once, last.
  virtual Result<void> finish() = 0;
  /// With `joins_next`, after finish(): the audio around the end of the last packet, for `before`
  /// of the next segment. Empty if it is not known.
  [[nodiscard]] virtual const AudioFrame& tail() const noexcept = 0;
  /// Returns why the audio, or a part of it, is silent instead.
  [[nodiscard]] virtual const std::optional<Error>& problem() const noexcept = 0;
};

}  // namespace streamkit::media
