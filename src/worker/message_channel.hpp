#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::worker {

/// The messages between a worker and a process that converts.
enum class MessageType : std::uint64_t {
  Begin = 1,         ///< Worker: the options of the sandbox.
  Request,           ///< Worker: a conversion.
  SegmentBefore,     ///< Worker: the bytes that were asked for.
  Ready,             ///< Process: it is in its sandbox. With what the sandbox lacks, for people.
  StartFailed,       ///< Process: it cannot convert. With the error.
  AskSegmentBefore,  ///< Process: wants the bytes of the segment before.
  Reply,             ///< Process: the result of the conversion.
  Opened             ///< Process: the tracks of the chunk are known.
};

struct Message {
  MessageType type = MessageType::Begin;
  Bytes body = {};
};

/// Sends and receives messages over a connected stream socket. Takes over the descriptor, which
/// must not block.
class MessageChannel {
 public:
  /// Called each time when nothing happened for a while. An error ends the call that waits.
  using Tick = std::function<Result<void>()>;

  explicit MessageChannel(int descriptor) : descriptor_(descriptor) {}
  ~MessageChannel();
  MessageChannel(const MessageChannel&) = delete;
  MessageChannel& operator=(const MessageChannel&) = delete;

  /// Errors: Unavailable (the peer is gone); those of `tick`.
  Result<void> send(MessageType type, std::span<const std::uint8_t> body, const Tick& tick = {});
  /// Memory is taken as the bytes come, not as the peer announces them.
  /// Errors: CorruptData (an unknown type, or more than `most` bytes); as send().
  Result<Message> receive(std::uint64_t most, const Tick& tick = {});
  /// Whether the peer is gone, or has sent something that nobody asked for.
  [[nodiscard]] bool is_disturbed() const;

 private:
  Result<void> wait(short events, const Tick& tick) const;
  Result<void> send_all(std::span<const std::uint8_t> bytes, const Tick& tick) const;
  Result<void> receive_all(std::span<std::uint8_t> bytes, const Tick& tick) const;

  const int descriptor_;
};

}  // namespace streamkit::worker
