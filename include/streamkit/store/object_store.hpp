#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/release_signal.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

/// Largest key in bytes, as in S3.
inline constexpr std::size_t kMaxObjectKeyBytes = 1024;

/// Checks a key. Returns InvalidArgument for keys that every store rejects: empty, longer than
/// kMaxObjectKeyBytes, absolute, with an empty, "." or ".." part, or with a control character or
/// backslash.
STREAMKIT_API Result<void> check_object_key(std::string_view key);

struct STREAMKIT_API PutOptions {
  std::string content_type = "video/mp4";
  /// Called during put() with the number of body bytes that have arrived at the other end, or at
  /// least left this machine, on the thread of the call, at most some ten times a second. Must
  /// return soon and must not throw. A store that does not send its bytes over a network need not
  /// call it. Empty: not called.
  std::function<void(std::uint64_t sent_bytes)> on_progress = {};
  /// If set, the last byte of the body is sent only after the release. Until then the object is not
  /// stored, whatever happens. Stop the put to abandon it. Requires
  /// ObjectWriter::can_hold_last_byte() and a body that is not empty.
  std::optional<ReleaseSignal> hold_last_byte = {};
};

/// The writing side of a store, for uploaders. Scoped credentials allow nothing else.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;

  /// Stores `body` under `key`, replacing an existing object. The write is atomic: readers see
  /// either the whole old object or the whole new one. It is durable when the call returns. Blocks;
  /// `stop` ends it early.
  /// Errors: InvalidArgument (key); PermissionDenied; CredentialsExpired; ResourceExhausted (full);
  /// Unavailable, Timeout, RateLimited (try again); Cancelled.
  virtual Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                           const PutOptions& options, std::stop_token stop) = 0;
  /// Returns whether put() obeys PutOptions::hold_last_byte. Uploaders then begin to send an object
  /// while the one before it waits for its response. The default implementation returns false.
  [[nodiscard]] virtual bool can_hold_last_byte() const noexcept { return false; }
};

struct STREAMKIT_API ObjectInfo {
  std::string key;
  std::uint64_t size_bytes = 0;
  std::chrono::system_clock::time_point modified = {};
};

/// An object that is written in parts. The destructor discards an upload that was not committed.
/// The store that returned the upload must outlive it.
/// Thread-safety: none; one thread at a time.
class STREAMKIT_API ObjectUpload {
 public:
  virtual ~ObjectUpload() = default;

  /// Appends to the object. Blocks for as long as the store takes to buffer the bytes. After an
  /// error the upload can be neither continued nor committed. Errors: as put().
  virtual Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token stop) = 0;
  /// Stores the object atomically and durably, as put() does. The object is not visible before.
  /// Call it once, as the last call. Errors: as put().
  virtual Result<void> commit(std::stop_token stop) = 0;
};

/// An object that is open for reading. It stays readable and unchanged when its key is replaced or
/// removed. It may outlive the store that opened it.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ObjectReader : public ByteReader {
 public:
  [[nodiscard]] virtual const ObjectInfo& info() const noexcept = 0;
  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return info().size_bytes; }
};

/// A map from keys to bytes. A write is visible to every later read and listing.
class STREAMKIT_API ObjectStore : public ObjectWriter {
 public:
  /// Begins a put() in parts, for bodies that are too large to keep in memory. The default
  /// implementation collects the parts in memory and stores them with one put(). Errors: as put().
  virtual Result<std::unique_ptr<ObjectUpload>> begin_put(std::string_view key,
                                                          const PutOptions& options,
                                                          std::stop_token stop);
  /// Returns the whole object. Errors: NotFound; InvalidArgument (key); Unavailable, Timeout.
  virtual Result<Bytes> get(std::string_view key, std::stop_token stop) = 0;
  /// Opens the object for reading in parts. The default implementation reads the whole object into
  /// memory. Errors: as get().
  virtual Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                           std::stop_token stop);
  /// Returns whether open() is as fast as opening a local file. A server then calls it on the
  /// threads that serve its connections, otherwise on threads that may block.
  [[nodiscard]] virtual bool opens_immediately() const noexcept { return false; }
  /// Returns size and time without the bytes. Errors: as get().
  virtual Result<ObjectInfo> head(std::string_view key, std::stop_token stop) = 0;
  /// Returns at most `limit` objects whose keys begin with `prefix` and sort after `after`, in byte
  /// order of their keys.
  virtual Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                               std::size_t limit, std::stop_token stop) = 0;
  /// Removes the object. Succeeds when it does not exist.
  virtual Result<void> remove(std::string_view key, std::stop_token stop) = 0;
};

}  // namespace streamkit
