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
  /// PEM file of the authorities to trust for HTTPS; empty: the system's.
  std::string ca_file = {};
  /// Chunks of generated video to upload; 0 checks the API alone, which needs no worker.
  int chunks = 3;
  std::chrono::milliseconds chunk_duration{2000};
  /// How long the segments, and then the end of the playlist, may take to appear.
  std::chrono::seconds patience{120};
};

/// Takes a running server, and the worker behind it, through a whole short stream as a client
/// would. Prints a line per check, or for the API alone "created: ID", "playlist URL: URL",
/// "playlist OK" and "ENDLIST". Errors: the first check that failed, with what to look at.
Result<void> run_smoke_test(const SmokeOptions& options, std::ostream& out, std::stop_token stop);

}  // namespace streamkit::smoke
