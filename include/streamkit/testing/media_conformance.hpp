#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/decoder.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/source.hpp>
#include <streamkit/testing/conformance.hpp>

namespace streamkit::testing {

/// Describes the encoder under test for check_encoder().
struct STREAMKIT_API EncoderUnderTest {
  /// Opens a new encoder for `format`, and audio of 48 kHz in stereo if `with_audio`.
  std::function<Result<std::unique_ptr<Encoder>>(const VideoFormat& format, bool with_audio)> open;
  /// Opens a decoder of a track. Each chunk is decoded by one of its own, from its first IDR on and
  /// without the parameter sets of the track. Null: nothing is decoded.
  std::function<Result<std::unique_ptr<Decoder>>(const VideoTrack& track)> open_decoder = {};
  /// Returns the colour that a coded keyframe states in its bitstream. Null: not checked.
  std::function<Result<ColorTags>(const VideoTrack& track, const Packet& keyframe)> read_color = {};
  /// An IDR has to start every chunk of this length, and be nowhere else.
  MediaTime chunk_duration = std::chrono::milliseconds(700);
  /// The smallest frames that the encoder takes. I420.
  VideoFormat format = {.width_px = 320, .height_px = 180};
  /// Checks audio, too.
  bool audio = true;
};

/// Checks an encoder for live video: an IDR with parameter sets at each boundary of the chunks and
/// nowhere else, closed GOPs, no reordering, timestamps that start at 0 and are those of the
/// frames, as many packets as frames, colour, errors for frames that do not fit, flush.
STREAMKIT_API [[nodiscard]] Violations check_encoder(const EncoderUnderTest& under_test);

/// Describes the source under test for check_source().
struct STREAMKIT_API SourceUnderTest {
  /// Opens a new source of at least half a second.
  std::function<Result<std::unique_ptr<Source>>()> open;
  /// The number of frames until the end. Empty: the source does not end, and some frames are read.
  std::optional<std::int64_t> frame_count = {};
};

/// Checks a source: constant format, frames at their exact times from 0 on, audio without a gap and
/// interleaved, EndOfStream for ever, and a stop token that ends read().
STREAMKIT_API [[nodiscard]] Violations check_source(const SourceUnderTest& under_test);

}  // namespace streamkit::testing
