#pragma once

#include <atomic>
#include <mutex>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>

#include <streamkit/http/message.hpp>

namespace streamkit::live {

/// How far a stream has come.
struct STREAMKIT_API StreamProgress {
  /// Chunks stored from index 0 on without a hole.
  std::uint64_t chunks = 0;
  /// Segments listed, and how long they play.
  std::uint64_t segments = 0;
  MediaTime duration{0};
  /// The playlist has its #EXT-X-ENDLIST.
  bool complete = false;
};

/// A session and its playlist at one moment.
/// Thread-safety: every method from any thread at once.
class STREAMKIT_API PlaylistSnapshot {
 public:
  PlaylistSnapshot(Session session, StreamProgress progress, http::SharedText text);
  /// The same text with news of the session: what was compressed is taken over.
  PlaylistSnapshot(Session session, StreamProgress progress, const PlaylistSnapshot& same_text);

  [[nodiscard]] const Session& session() const noexcept { return session_; }
  [[nodiscard]] const StreamProgress& progress() const noexcept { return progress_; }
  [[nodiscard]] std::uint64_t segments() const noexcept { return progress_.segments; }
  [[nodiscard]] bool complete() const noexcept { return progress_.complete; }

  [[nodiscard]] const http::SharedText& text() const noexcept { return text_; }
  /// The same compressed, made once for all who ask; null when that failed.
  [[nodiscard]] http::SharedText gzip_text() const;
  /// Somebody asked for gzip_text().
  [[nodiscard]] bool gzip_wanted() const noexcept { return gzip_wanted_.load(); }
  /// Names the text, quoted as ETag wants it; `"...-gz"` names it compressed.
  [[nodiscard]] const std::string& etag() const noexcept { return etag_; }
  [[nodiscard]] const std::string& gzip_etag() const noexcept { return gzip_etag_; }

 private:
  const Session session_;
  const StreamProgress progress_;
  const http::SharedText text_;
  const std::string etag_;
  const std::string gzip_etag_;
  mutable std::atomic<bool> gzip_wanted_ = false;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  mutable bool compressed_ = false;
  mutable http::SharedText gzip_text_;
};

}  // namespace streamkit::live
