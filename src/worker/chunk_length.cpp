#include "worker/chunk_length.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace streamkit::worker {
namespace {

std::string seconds_text(MediaTime time) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", to_seconds(time));
  return text.data();
}

}  // namespace

MediaTime longest_chunk(MediaTime nominal) { return 2 * nominal + std::chrono::seconds(2); }

Error too_long(MediaTime nominal) {
  return {ErrorCode::Unsupported,
          "the chunk is longer than the " + seconds_text(longest_chunk(nominal)) +
              " that fit into a session with chunks of " + seconds_text(nominal) +
              ": cut shorter chunks, or set chunk_seconds"};
}

}  // namespace streamkit::worker
