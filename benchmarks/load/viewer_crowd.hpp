#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <streamkit/core/result.hpp>
#include <streamkit/net/url.hpp>
#include <string>

#include "load/latencies.hpp"

namespace streamkit::load {

struct CrowdOptions {
  net::Url playlist;
  std::size_t viewers = 1000;
  std::chrono::milliseconds interval{2000};
  /// The viewers come one after the other within this time.
  std::chrono::milliseconds join{10'000};
  /// How long the crowd watches once all are there.
  std::chrono::milliseconds watch{30'000};
  /// A request without an answer for this long is an error.
  std::chrono::milliseconds patience{10'000};
};

struct CrowdReport {
  /// From the moment a viewer meant to ask, so that a late server cannot slow its questions down.
  Latencies playlists;
  Latencies segments;
  std::uint64_t bytes = 0;
  std::uint64_t errors = 0;
  /// By what went wrong.
  std::map<std::string, std::uint64_t> reasons;
  /// The most viewers that were connected at once.
  std::size_t most_connected = 0;
};

/// Plays a live playlist to many viewers, each on a kept connection from an address of its own in
/// 127.1.0.0/16 and beyond: every one polls the playlist at its own phase, and fetches each new
/// segment once, with the byte range that is listed. Checked: status, lengths, and that the
/// playlist only grows, the same for all. Runs on the calling thread until it is over.
/// Errors: InvalidArgument (URL); Unavailable (epoll).
Result<CrowdReport> run_crowd(const CrowdOptions& config);

}  // namespace streamkit::load
