#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_source.hpp>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit {

/// A publisher that has connected, announced its stream, and waits for a decision: source()
/// accepts it, destruction without source() rejects it and closes its connection.
/// Thread-safety: one thread at a time, not necessarily the one that called accept(); different
/// publishers concurrently.
class STREAMKIT_API Incoming {
 public:
  virtual ~Incoming() = default;
  /// The name the publisher gave its stream, such as the stream name of RTMP or the stream id of
  /// SRT. Empty when it gave none. Chosen by the peer: check it before use.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  /// The secret with which the publisher proves that it may send. Empty when it gave none. Compare
  /// it in constant time and write it to no log.
  [[nodiscard]] virtual const std::string& key() const noexcept = 0;
  /// Accepts the publisher and waits until its tracks are known. The source owns the connection
  /// from then on and closes it when it is destroyed; it does not need this object. May be called
  /// once. Blocks; woken by `stop`.
  /// Errors: Cancelled; Timeout (the tracks did not come in time); Unavailable (the peer is gone);
  /// CorruptData; Unsupported (codecs); InvalidArgument (called before).
  virtual Result<std::unique_ptr<PacketSource>> source(std::stop_token stop) = 0;
};

/// Waits for publishers on an address, for one protocol such as RTMP or SRT. It must outlive what
/// it has accepted. Thread-safety: accept() by one thread at a time; what it returned may be used
/// by other threads meanwhile.
class STREAMKIT_API Listener {
 public:
  virtual ~Listener() = default;
  /// Returns the next publisher, in the order in which they connected. Blocks until there is one;
  /// woken by `stop`, which neither loses nor rejects a publisher: the next call returns it.
  /// A peer that breaks the protocol before it has named its stream is dropped, which is not an
  /// error of this call.
  /// Errors: Cancelled; retryable ones such as Unavailable (too many open files: call again later);
  /// any other means that the listener cannot accept any more.
  virtual Result<std::unique_ptr<Incoming>> accept(std::stop_token stop) = 0;
};

}  // namespace streamkit
