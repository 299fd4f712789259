#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <streamkit/core/shared_text.hpp>
#include <string>
#include <string_view>

namespace streamkit::server {

/// Compresses the newest text of each session with gzip, once for all requests.
/// Thread-safety: every method may be called from any thread, concurrently.
class CompressedTexts {
 public:
  /// Keeps at most `max_sessions`; a new session replaces the least recently used one.
  explicit CompressedTexts(std::size_t max_sessions) : max_sessions_(max_sessions) {}

  /// Returns `text` compressed; null when compression failed. Concurrent callers wait for the same
  /// result.
  [[nodiscard]] SharedText get(std::string_view session_id, const SharedText& text);
  /// Returns whether a text of this session has been requested.
  [[nodiscard]] bool contains(std::string_view session_id) const;
  void forget(std::string_view session_id);

 private:
  struct Entry {
    std::mutex mutex;
    // Guarded by mutex
    SharedText text;
    SharedText compressed;
    // Guarded by CompressedTexts::mutex_
    std::uint64_t last_used = 0;
  };
  [[nodiscard]] std::shared_ptr<Entry> entry_of(std::string_view session_id);

  const std::size_t max_sessions_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace streamkit::server
