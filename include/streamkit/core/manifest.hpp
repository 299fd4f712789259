#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_record.hpp>
#include <string>

namespace streamkit {

/// Writes the manifest of one stream, such as a playlist, from its stored segments.
/// Thread-safety: none; one thread at a time.
class STREAMKIT_API ManifestWriter {
 public:
  virtual ~ManifestWriter() = default;

  /// Lists the segment, or holds it back until those before it are listed. A segment that is listed
  /// already, or is beyond the end, is ignored.
  /// Errors: InvalidArgument when the segment cannot be listed.
  virtual Result<void> add(const SegmentRecord& segment) = 0;
  /// Ends the stream at `final_count` segments. Only the first call has an effect.
  virtual void end(std::uint64_t final_count) = 0;
  /// The manifest as it is now, always valid. Changes with add() and end() only.
  [[nodiscard]] virtual const std::string& text() const noexcept = 0;
  /// The number of segments listed, from index 0 on without a hole, and how long they play.
  [[nodiscard]] virtual std::uint64_t published() const noexcept = 0;
  [[nodiscard]] virtual MediaTime duration() const noexcept = 0;
  /// Whether all segments of an ended stream are listed: nothing changes any more.
  [[nodiscard]] virtual bool complete() const noexcept = 0;
};

}  // namespace streamkit
