#pragma once

#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <variant>

namespace streamkit {

/// A text that is shown for a time, such as a subtitle or a recognized sentence.
struct STREAMKIT_API TextCue {
  /// On the same timeline as the packets' `pts`.
  MediaTime start{0};
  /// After `start`.
  MediaTime end{0};
  /// UTF-8, without markup. A '\n' begins a new line.
  std::string text = {};
  /// A BCP 47 tag such as "en" or "pt-BR". Empty: unknown.
  std::string language = {};

  friend bool operator==(const TextCue&, const TextCue&) = default;
};

using PacketItem = std::variant<Packet, TextCue, EndOfStream>;

/// Provides the coded packets of one stream: a file, or a publisher that sends one. The reader
/// pulls them. Thread-safety: one thread at a time.
class STREAMKIT_API PacketSource {
 public:
  virtual ~PacketSource() = default;
  /// Constant for the life of the source. The format of a video track is that of its decoded,
  /// upright frames.
  [[nodiscard]] virtual const Tracks& tracks() const noexcept = 0;
  /// Returns the next item: the packets of each track in decoding order, the tracks interleaved as
  /// they are stored or arrive. Cues come in the order of their `start`, perhaps later than packets
  /// of the same time: speech is recognized after it was spoken. Timestamps are the source's own
  /// and need not begin at 0. After EndOfStream always EndOfStream. Blocks while a live source has
  /// nothing; woken by `stop`. Errors: Cancelled; CorruptData (the rest cannot be read);
  /// Unavailable (the peer is gone before the end of its stream).
  virtual Result<PacketItem> read(std::stop_token stop) = 0;
  /// Whether damaged parts of what was read so far were skipped.
  [[nodiscard]] virtual bool damaged() const noexcept { return false; }
};

}  // namespace streamkit
