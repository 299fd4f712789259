#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/session_store.hpp>
#include <streamkit/hls/playlist_builder.hpp>
#include <string>
#include <string_view>

#include "server/http_message.hpp"

namespace streamkit::server {

/// A session's playlist at one moment. Thread-safety: every method from any thread at once.
class PlaylistSnapshot {
 public:
  PlaylistSnapshot(SharedText text, std::uint64_t segments, bool complete)
      : text_(std::move(text)), segments_(segments), complete_(complete) {}

  [[nodiscard]] const SharedText& text() const noexcept { return text_; }
  /// The same compressed, made once for all who ask; null when that failed.
  [[nodiscard]] const SharedText& gzip_text() const;
  [[nodiscard]] std::uint64_t segments() const noexcept { return segments_; }
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  const SharedText text_;
  const std::uint64_t segments_;
  const bool complete_;
  mutable std::once_flag compressed_;
  mutable SharedText gzip_text_;
};

struct PlaylistServiceConfig {
  /// How old a playlist may be. Shorter shows segments sooner; each session that is watched costs
  /// two reads of the store per interval, however many viewers it has.
  std::chrono::milliseconds refresh_interval{100};
  /// Sessions kept in memory; the one longest not asked for makes room.
  std::size_t max_sessions = 1024;
};

/// Playlists of sessions, kept in memory and brought up to date from the store's new segments only.
/// Thread-safety: every method from any thread at once.
class PlaylistService {
 public:
  /// `sessions` and what `context` points to must outlive the service.
  PlaylistService(SessionStore& sessions, PlaylistServiceConfig config, Context context);
  ~PlaylistService();

  /// May block on the store. Errors: NotFound; Unavailable.
  [[nodiscard]] Result<std::shared_ptr<const PlaylistSnapshot>> find(std::string_view session_id);

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;

  [[nodiscard]] EntryPtr entry_of(std::string_view session_id);
  void forget(std::string_view session_id);
  [[nodiscard]] Result<std::shared_ptr<const PlaylistSnapshot>> refresh(std::string_view session_id,
                                                                        Entry& entry);
  [[nodiscard]] Result<void> read_segments(const Session& session, Entry& entry);

  SessionStore& sessions_;
  const PlaylistServiceConfig config_;
  const Context context_;

  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, EntryPtr, std::less<>> entries_;
};

}  // namespace streamkit::server
