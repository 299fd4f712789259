#pragma once

#include <chrono>
#include <cstdint>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::load {

struct PutLoadOptions {
  /// The server's base URL.
  std::string endpoint;
  std::string api_key;
  std::size_t objects = 200;
  std::size_t object_bytes = 5'000'000;
  std::size_t connections = 2;
};

/// How fast bytes went somewhere.
struct Throughput {
  std::uint64_t bytes = 0;
  std::chrono::duration<double> time{0};
  [[nodiscard]] double megabytes_per_second() const noexcept {
    return time.count() > 0 ? static_cast<double>(bytes) / 1e6 / time.count() : 0;
  }
};

/// Creates a session and puts chunks into it, in order, over so many connections: each one request
/// whose signature covers the body. Signing and hashing are done before the clock starts.
/// Errors: InvalidArgument (URL); Unavailable; those of SessionClient; CorruptData when an answer
/// is not 200.
Result<Throughput> run_puts(const PutLoadOptions& config);

}  // namespace streamkit::load
