#include "server/playlist_service.hpp"

#include <algorithm>

#include "server/gzip.hpp"

namespace streamkit::server {
namespace {

constexpr std::size_t kSegmentsPerRead = 1000;

}  // namespace

const SharedText& PlaylistSnapshot::gzip_text() const {
  std::call_once(compressed_, [this] {
    auto compressed = gzip(*text_);
    if (compressed) gzip_text_ = std::make_shared<const std::string>(*std::move(compressed));
  });
  return gzip_text_;
}

struct PlaylistService::Entry {
  std::mutex mutex;
  std::condition_variable refreshed;
  // Guarded by mutex
  bool refreshing = false;
  std::chrono::steady_clock::time_point fresh_until = {};
  std::shared_ptr<const PlaylistSnapshot> snapshot;

  // Belongs to whoever set `refreshing`: the store is read without a lock.
  std::optional<hls::PlaylistBuilder> builder;
  std::optional<std::uint64_t> unusable_segment;

  // Guarded by PlaylistService::mutex_
  std::chrono::steady_clock::time_point last_used = {};
};

PlaylistService::PlaylistService(SessionStore& sessions, PlaylistServiceConfig config,
                                 Context context)
    : sessions_(sessions), config_(config), context_(context) {}

PlaylistService::~PlaylistService() = default;

Result<std::shared_ptr<const PlaylistSnapshot>> PlaylistService::find(std::string_view session_id) {
  const EntryPtr entry = entry_of(session_id);
  const auto now = context_.clock_or_system().steady_now();
  {
    std::unique_lock lock(entry->mutex);
    // Whoever comes while another reads gets what there is, or waits for the very first.
    entry->refreshed.wait(lock, [&] { return !entry->refreshing || entry->snapshot; });
    const bool fresh = now < entry->fresh_until;
    if (entry->snapshot && (entry->refreshing || fresh)) return entry->snapshot;
    entry->refreshing = true;
  }
  auto snapshot = refresh(session_id, *entry);
  {
    std::lock_guard lock(entry->mutex);
    entry->refreshing = false;
    if (snapshot) {
      entry->snapshot = *snapshot;
      // From when the reading began: what came meanwhile may be missing.
      entry->fresh_until = now + config_.refresh_interval;
    }
  }
  entry->refreshed.notify_all();
  if (!snapshot && snapshot.error().code == ErrorCode::NotFound) forget(session_id);
  return snapshot;
}

PlaylistService::EntryPtr PlaylistService::entry_of(std::string_view session_id) {
  const auto now = context_.clock_or_system().steady_now();
  std::lock_guard lock(mutex_);
  auto found = entries_.find(session_id);
  if (found == entries_.end()) {
    if (entries_.size() >= config_.max_sessions) {
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
        return a.second->last_used < b.second->last_used;
      }));
    }
    found = entries_.emplace(session_id, std::make_shared<Entry>()).first;
  }
  found->second->last_used = now;
  return found->second;
}

void PlaylistService::forget(std::string_view session_id) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(session_id);
  if (found != entries_.end()) entries_.erase(found);
}

Result<std::shared_ptr<const PlaylistSnapshot>> PlaylistService::refresh(
    std::string_view session_id, Entry& entry) {
  const auto session = sessions_.find(session_id);
  if (!session) return session.error();
  if (!entry.builder) {
    entry.builder.emplace(hls::PlaylistBuilderConfig{.chunk_duration = session->chunk_duration,
                                                     .program_date_time = session->created_at,
                                                     .uri_prefix = {}});
  }
  auto& builder = *entry.builder;
  const auto before = builder.text().size();
  if (session->final_chunk_count) builder.end(*session->final_chunk_count);
  if (!builder.complete()) {
    if (auto read = read_segments(*session, entry); !read) return read.error();
  }
  // The text only grows: the same size is the same text.
  if (entry.snapshot && builder.text().size() == before) return entry.snapshot;
  return std::make_shared<const PlaylistSnapshot>(
      std::make_shared<const std::string>(builder.text()), builder.published(), builder.complete());
}

Result<void> PlaylistService::read_segments(const Session& session, Entry& entry) {
  auto& builder = *entry.builder;
  for (;;) {
    const auto first = builder.published();
    const auto records = sessions_.segments(session.id, first, kSegmentsPerRead);
    if (!records) return records.error();
    for (const auto& record : *records) {
      if (record.index != builder.published()) return {};  // A hole: nothing behind it is listed.
      const auto overlong = builder.overlong_segments();
      const auto added = builder.add(record);
      if (builder.overlong_segments() > overlong) {
        context_.log(LogLevel::Warning, "segment is longer than the playlist's target duration",
                     {{"session_id", session.id}, {"index", std::to_string(record.index)}});
      }
      if (added) continue;
      if (entry.unusable_segment != record.index) {
        entry.unusable_segment = record.index;
        context_.log(LogLevel::Error, "segment cannot be listed",
                     {{"session_id", session.id},
                      {"index", std::to_string(record.index)},
                      {"reason", to_string(added.error())}});
      }
      return {};
    }
    if (records->size() < kSegmentsPerRead || builder.published() == first) return {};
  }
}

}  // namespace streamkit::server
