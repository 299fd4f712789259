#pragma once

#include <cstddef>
#include <cstdint>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::load {

/// A live playlist as all viewers together have seen it grow: the longest text, parsed once.
class WatchedPlaylist {
 public:
  struct Segment {
    std::string uri;
    std::uint64_t offset = 0;
    /// 0: the whole resource.
    std::uint64_t length = 0;
  };

  /// Takes an answer to a viewer that was given `seen_bytes` before, and gives the number of
  /// segments it lists. Errors: CorruptData when it is no playlist, when it is shorter than what
  /// this viewer had, or when any viewer was ever given another text up to the same place.
  Result<std::size_t> take(std::string_view text, std::size_t seen_bytes);

  [[nodiscard]] const Segment& segment(std::size_t index) const { return segments_[index]; }

 private:
  Result<void> grow(std::string_view text);

  std::string text_;
  std::vector<Segment> segments_;
  // Where in the text each segment's lines end.
  std::vector<std::size_t> ends_;
};

}  // namespace streamkit::load
