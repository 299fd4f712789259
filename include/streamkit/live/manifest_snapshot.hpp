#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/shared_text.hpp>
#include <streamkit/store/session_store.hpp>

namespace streamkit::live {

/// The progress of a stream.
struct STREAMKIT_API StreamProgress {
  /// The number of chunks stored from index 0 without a hole.
  std::uint64_t chunks = 0;
  /// The number of listed segments, and their total duration.
  std::uint64_t segments = 0;
  MediaTime duration{0};
  /// True when the manifest lists all segments of an ended stream.
  bool complete = false;
};

/// A session and one of its manifests at one point in time.
/// Thread-safety: immutable.
class STREAMKIT_API ManifestSnapshot {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  ManifestSnapshot(Session session, StreamProgress progress, SharedText text,
                   std::optional<TimePoint> grew_at = {});
  /// Combines the text of `same_text` with a newer state of the session.
  ManifestSnapshot(Session session, StreamProgress progress, const ManifestSnapshot& same_text);

  [[nodiscard]] const Session& session() const noexcept { return session_; }
  [[nodiscard]] const StreamProgress& progress() const noexcept { return progress_; }
  [[nodiscard]] std::uint64_t segments() const noexcept { return progress_.segments; }
  [[nodiscard]] bool complete() const noexcept { return progress_.complete; }

  [[nodiscard]] const SharedText& text() const noexcept { return text_; }
  /// Returns when the text last grew while this process followed the stream; nothing if it has not
  /// grown since.
  [[nodiscard]] const std::optional<TimePoint>& grew_at() const noexcept { return grew_at_; }
  /// Returns an identifier of the text, in quotes, for use as an HTTP ETag.
  [[nodiscard]] const std::string& etag() const noexcept { return etag_; }

 private:
  const Session session_;
  const StreamProgress progress_;
  const SharedText text_;
  const std::optional<TimePoint> grew_at_;
  const std::string etag_;
};

}  // namespace streamkit::live
