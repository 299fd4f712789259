#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit {

/// Largest key in bytes, as in S3.
inline constexpr std::size_t kMaxObjectKeyBytes = 1024;

/// InvalidArgument for keys that no store takes: empty, longer than kMaxObjectKeyBytes, absolute,
/// with an empty, "." or ".." part, or with a control character or backslash.
STREAMKIT_API Result<void> check_object_key(std::string_view key);

struct STREAMKIT_API PutOptions {
  std::string content_type = "video/mp4";
};

/// The half of a store that an uploader needs, and all that scoped credentials allow.
/// Thread-safety: every method may be called from any thread at once.
class STREAMKIT_API ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;

  /// Stores `body` under `key`, replacing what is there. Atomic: readers see the old object or the
  /// new one, whole. Durable when it returns. Blocks; `stop` ends it early.
  /// Errors: InvalidArgument (key); PermissionDenied; CredentialsExpired; ResourceExhausted (full);
  /// Unavailable, Timeout, RateLimited (try again); Cancelled.
  virtual Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                           const PutOptions& options, std::stop_token stop) = 0;
};

struct STREAMKIT_API ObjectInfo {
  std::string key;
  std::uint64_t size_bytes = 0;
  std::chrono::system_clock::time_point modified = {};
};

/// An object that comes piece by piece. The destructor discards what was not committed; the store
/// that gave it must outlive it.
/// Thread-safety: none; one thread at a time.
class STREAMKIT_API ObjectUpload {
 public:
  virtual ~ObjectUpload() = default;

  /// Adds to the object's end. Blocks for as long as the store takes to buffer the bytes. After an
  /// error nothing more may be added or committed. Errors: as put().
  virtual Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token stop) = 0;
  /// Stores the object as put() does: until then nobody sees it, after it nothing is left to do.
  /// Call it once, and nothing after it. Errors: as put().
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

/// Keys to bytes. A write is visible to every later read and listing.
class STREAMKIT_API ObjectStore : public ObjectWriter {
 public:
  /// A put() in pieces, for bodies that nobody wants to hold. A store that does not override it
  /// collects the pieces in memory and puts them at once. Errors: as put().
  virtual Result<std::unique_ptr<ObjectUpload>> begin_put(std::string_view key,
                                                          const PutOptions& options,
                                                          std::stop_token stop);
  /// The whole object. Errors: NotFound; InvalidArgument (key); Unavailable, Timeout.
  virtual Result<Bytes> get(std::string_view key, std::stop_token stop) = 0;
  /// Opens the object for reading in parts. A store that does not override it gets the whole
  /// object and keeps it in memory. Errors: as get().
  virtual Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                           std::stop_token stop);
  /// Whether open() takes no longer than opening a local file does. A server calls open() of such
  /// a store on the threads that serve its connections, and of any other on threads that may wait.
  [[nodiscard]] virtual bool opens_immediately() const noexcept { return false; }
  /// Size and time without the bytes. Errors: as get().
  virtual Result<ObjectInfo> head(std::string_view key, std::stop_token stop) = 0;
  /// Keys that begin with `prefix` and sort after `after`, in byte order, `limit` at most.
  virtual Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                               std::size_t limit, std::stop_token stop) = 0;
  /// Removes the object; success when there is none.
  virtual Result<void> remove(std::string_view key, std::stop_token stop) = 0;
};

}  // namespace streamkit
