#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/rtmp/events.hpp>
#include <string_view>
#include <vector>

namespace streamkit::rtmp {

struct STREAMKIT_API ServerSessionOptions {
  /// The largest message, which holds one coded frame.
  std::size_t max_message_bytes = 8 * 1024 * 1024;
  /// The memory for all messages that are incomplete.
  std::size_t max_partial_bytes = 16 * 1024 * 1024;
  /// Clients use about five.
  std::size_t max_chunk_streams = 64;
  /// The memory for what a client sends before its publish request is decided, and for packets that
  /// come before all tracks are known.
  std::size_t max_waiting_bytes = 4 * 1024 * 1024;
  /// How long a stream with one track is held back for the other track, in its own time.
  MediaTime wait_for_second_track = from_ticks(3, 1, 2);
  /// Whether HEVC and AV1 are carried. A publisher that sends what is not is rejected.
  bool hevc = true;
  bool av1 = true;
};

/// Counts what happened to the media of a session.
struct STREAMKIT_API SessionStatistics {
  std::uint64_t received_bytes = 0;
  std::uint64_t video_packets = 0;
  std::uint64_t audio_packets = 0;
  /// Tracks beyond the first of video and of audio, and their messages, all of which are skipped.
  std::uint64_t extra_tracks = 0;
  std::uint64_t extra_track_messages = 0;
  /// Audio messages without content, which mean silence.
  std::uint64_t silence_messages = 0;
  /// Media messages, sequence headers among them, that could not be read.
  std::uint64_t damaged_messages = 0;
  /// Messages that were begun and never completed.
  std::uint64_t incomplete_messages = 0;
  /// Frames that cannot be decoded, because no sequence header or no keyframe came before.
  std::uint64_t undecodable_packets = 0;
  /// Packets whose time was moved, because it was not after that of the packet before.
  std::uint64_t moved_timestamps = 0;
  std::uint64_t timeline_breaks = 0;

  friend bool operator==(const SessionStatistics&, const SessionStatistics&) = default;
};

/// Why a publisher is rejected.
enum class PublishRejection {
  InUse,   ///< Another client publishes under this name.
  Denied,  ///< The key is unknown or revoked.
  Failed   ///< The stream cannot be taken in.
};

/// The server's side of one RTMP connection that publishes H.264, HEVC or AV1, and AAC; plain and
/// Enhanced RTMP. It opens no socket: the caller passes in what the client sent and sends what
/// take_output() returns. Time limits, for handshake and silence, are the caller's.
/// Thread-safety: one thread at a time.
/// Source: Adobe's RTMP specification 1.0; Enhanced RTMP v2 (veovera.org).
class STREAMKIT_API ServerSession {
 public:
  explicit ServerSession(ServerSessionOptions options = {});
  ServerSession(ServerSession&&) noexcept;
  ServerSession& operator=(ServerSession&&) noexcept;
  ~ServerSession();

  /// Takes the next bytes from the client, in parts of any size, and returns what they mean. While
  /// a publish request waits for its decision, bytes are kept and return nothing. After
  /// SessionFailed, or when closed() is true, bytes are ignored.
  std::vector<Event> receive(std::span<const std::uint8_t> bytes);
  /// Returns the bytes to be sent to the client, and forgets them. Call it after each other call.
  [[nodiscard]] Bytes take_output();

  /// Accepts the publisher that waits, and returns what the bytes that were kept mean. Does nothing
  /// if none waits.
  std::vector<Event> accept_publish();
  /// Rejects the publisher that waits and ends the session. `reason` is shown to the publisher; it
  /// must not contain a secret. Does nothing if none waits.
  void reject_publish(PublishRejection rejection, std::string_view reason);
  /// Ends the session from this side, as when a stream is deleted. `reason` as above.
  void close(std::string_view reason);
  /// Asks the client to respond, so that a live but silent one sends something.
  void ping(std::uint32_t timestamp_ms);

  /// True when the output is the last one: send it, then close the connection.
  [[nodiscard]] bool closed() const noexcept;
  [[nodiscard]] SessionStatistics statistics() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace streamkit::rtmp
