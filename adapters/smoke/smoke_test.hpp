#pragma once

#include <chrono>
#include <iosfwd>
#include <stop_token>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::smoke {

struct SmokeOptions {
  std::string api_base;
  std::string api_key;
  /// The PEM file of the trusted authorities for HTTPS; empty: the system's.
  std::string ca_file = {};
  /// The number of chunks of generated video to upload; 0 checks the API alone, which needs no
  /// worker.
  int chunks = 3;
  std::chrono::milliseconds chunk_duration{2000};
  /// The time limit for the segments to appear, and then for the end of the playlist.
  std::chrono::seconds patience{120};
};

/// Tests a running server and its worker with a complete short stream, as a client would send it.
/// Prints a line per check, or for the API alone "created: ID", "playlist URL: URL", "playlist OK"
/// and "ENDLIST". Errors: the first failed check, with a hint where to look.
Result<void> run_smoke_test(const SmokeOptions& options, std::ostream& out, std::stop_token stop);

}  // namespace streamkit::smoke
