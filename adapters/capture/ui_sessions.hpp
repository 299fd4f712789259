#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <vector>

namespace streamkit::capture_tool {

/// A session that was started from the page. It has no credentials.
struct RecentSession {
  std::string session_id;
  std::string playlist_url;
  std::string watch_url;
  /// The name of the source, for people.
  std::string source;
  /// As "2026-11-21T10:00:00Z".
  std::string started_at;
  std::string state;
  std::uint64_t chunks = 0;

  friend bool operator==(const RecentSession&, const RecentSession&) = default;
};

/// The last sessions, newest first, in a small file that only its owner can read.
/// Thread-safety: put() from one thread at a time, the others from any thread.
class RecentSessions {
 public:
  static constexpr std::size_t kMost = 20;

  /// Reads the file. One that cannot be understood is renamed to "FILE.damaged", with a warning.
  /// With an empty path nothing is kept on disk.
  RecentSessions(std::filesystem::path file, Context context);

  [[nodiscard]] std::vector<RecentSession> list() const;
  [[nodiscard]] std::string json() const;
  /// Adds a session, or updates that with the same id. A failure to write is logged.
  void put(RecentSession session);

 private:
  void load();
  [[nodiscard]] Result<void> save(const std::string& text) const;

  const std::filesystem::path file_;
  const Context context_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<RecentSession> sessions_;
};

}  // namespace streamkit::capture_tool
