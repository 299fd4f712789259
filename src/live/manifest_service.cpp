#include <streamkit/live/manifest_service.hpp>

#include <algorithm>
#include <streamkit/hls/playlist_builder.hpp>

namespace streamkit::live {
namespace {

constexpr std::size_t kSegmentsPerRead = 1000;
// How soon to look again at a session that could not be read, or is being read by somebody else.
constexpr std::chrono::milliseconds kAgainAfter{20};

}  // namespace

struct PlaylistService::Entry {
  // Belong to whoever loads the entry, and once it is in memory to the thread of update().
  std::optional<hls::PlaylistBuilder> builder;
  std::optional<std::uint64_t> unusable_segment;

  // Guarded by PlaylistService::mutex_
  SnapshotPtr snapshot;
  std::chrono::steady_clock::time_point last_used = {};
};

struct PlaylistService::Load {
  std::condition_variable done;
  // Guarded by PlaylistService::mutex_
  std::optional<Result<SnapshotPtr>> result;
};

PlaylistService::PlaylistService(SessionStore& sessions, StreamRecords& records,
                                 PlaylistServiceConfig config, Context context)
    : sessions_(sessions), records_(records), config_(std::move(config)), context_(context) {}

PlaylistService::~PlaylistService() = default;

void PlaylistService::on_change(std::function<void(std::string_view session_id)> changed) {
  changed_ = std::move(changed);
}

std::size_t PlaylistService::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

Result<PlaylistService::SnapshotPtr> PlaylistService::find(std::string_view session_id) {
  auto found = find_in_memory(session_id);
  auto snapshot = found ? *std::move(found) : load(std::string(session_id));
  if (snapshot && is_expired((*snapshot)->session())) {
    return Error{ErrorCode::NotFound, "the session's time is over"};
  }
  return snapshot;
}

std::optional<Result<PlaylistService::SnapshotPtr>> PlaylistService::find_in_memory(
    std::string_view session_id) {
  const auto now = context_.clock_or_system().steady_now();
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(session_id);
  if (found == entries_.end()) return {};
  if (failing_since_ && now - *failing_since_ > config_.stale_limit) {
    return Error{ErrorCode::Unavailable, "the session store has been failing for too long"};
  }
  found->second->last_used = now;
  return found->second->snapshot;
}

Result<PlaylistService::SnapshotPtr> PlaylistService::load(const std::string& session_id) {
  std::shared_ptr<Load> load;
  {
    std::unique_lock lock(mutex_);
    const auto loaded = entries_.find(session_id);
    if (loaded != entries_.end()) return loaded->second->snapshot;
    const auto [place, first] = loads_.try_emplace(session_id);
    if (first) place->second = std::make_shared<Load>();
    load = place->second;
    if (!first) {
      load->done.wait(lock, [&] { return load->result.has_value(); });
      return *load->result;
    }
  }
  const auto entry = std::make_shared<Entry>();
  auto snapshot = read(session_id, *entry);
  {
    std::lock_guard lock(mutex_);
    loads_.erase(session_id);
    load->result = snapshot;
    if (snapshot) {
      entry->snapshot = *snapshot;
      insert(session_id, entry);
    }
  }
  load->done.notify_all();
  return snapshot;
}

void PlaylistService::insert(const std::string& session_id, const EntryPtr& entry) {
  if (entries_.size() >= config_.max_sessions) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
      return a.second->last_used < b.second->last_used;
    }));
  }
  entry->last_used = context_.clock_or_system().steady_now();
  entries_.insert_or_assign(session_id, entry);
}

void PlaylistService::forget(std::string_view session_id) {
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(session_id);
    if (found == entries_.end()) return;
    entries_.erase(found);
  }
  if (changed_) changed_(session_id);
}

bool PlaylistService::is_expired(const Session& session) const {
  return config_.is_expired && config_.is_expired(session, context_.clock_or_system().system_now());
}

Result<void> PlaylistService::update(std::chrono::milliseconds wait, std::stop_token stop) {
  auto changes =
      records_.changes(cursor_, again_.empty() ? wait : std::min(wait, kAgainAfter), stop);
  if (!changes) {
    note_store(false);
    return changes.error();
  }
  cursor_ = changes->cursor;
  std::set<std::string> ids = std::exchange(again_, {});
  ids.insert(std::make_move_iterator(changes->session_ids.begin()),
             std::make_move_iterator(changes->session_ids.end()));
  bool works = true;
  for (const auto& id : ids) {
    const auto refreshed = refresh_cached(id);
    if (refreshed != Refreshed::Done) again_.insert(id);
    if (refreshed == Refreshed::Failed) works = false;
  }
  note_store(works);
  return {};
}

PlaylistService::Refreshed PlaylistService::refresh_cached(const std::string& session_id) {
  EntryPtr entry;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(session_id);
    // Who loads it may have read what was before this change.
    if (found == entries_.end()) {
      return loads_.contains(session_id) ? Refreshed::Loading : Refreshed::Done;
    }
    entry = found->second;
  }
  auto snapshot = read(session_id, *entry);
  if (!snapshot && snapshot.error().code == ErrorCode::NotFound) {
    forget(session_id);
    return Refreshed::Done;
  }
  if (!snapshot) return Refreshed::Failed;
  {
    std::lock_guard lock(mutex_);
    entry->snapshot = *std::move(snapshot);
  }
  if (changed_) changed_(session_id);
  return Refreshed::Done;
}

void PlaylistService::note_store(bool works) {
  const auto now = context_.clock_or_system().steady_now();
  bool news = false;
  {
    std::lock_guard lock(mutex_);
    news = failing_since_.has_value() == works;
    if (works) failing_since_.reset();
    if (!works && !failing_since_) failing_since_ = now;
  }
  if (!news) return;
  context_.log(works ? LogLevel::Info : LogLevel::Error,
               works ? "session store works again" : "session store failed, playlists stand still");
}

Result<PlaylistService::SnapshotPtr> PlaylistService::read(std::string_view session_id,
                                                           Entry& entry) {
  auto session = sessions_.find(session_id);
  if (!session) return session.error();
  const auto progress = records_.progress(session_id);
  if (!progress) return progress.error();
  if (!entry.builder) {
    entry.builder.emplace(hls::PlaylistBuilderOptions{
        .chunk_duration = session->chunk_duration,
        .program_date_time = session->created_at,
        .uri_prefix = {},
        .uri_of = config_.segment_urls ? config_.segment_urls->uris_of(*session) : SegmentUris{}});
  }
  auto& builder = *entry.builder;
  if (session->final_chunk_count) builder.end(*session->final_chunk_count);
  if (!builder.complete()) {
    if (auto records = read_segments(*session, entry); !records) return records.error();
  }
  const StreamProgress now{.chunks = progress->contiguous_chunks,
                           .segments = builder.published(),
                           .duration = builder.duration(),
                           .complete = builder.complete()};
  // Only this thread writes it; the text only grows: the same size is the same text.
  const SnapshotPtr& last = entry.snapshot;
  if (last && builder.text().size() == last->text()->size()) {
    return std::make_shared<const PlaylistSnapshot>(*std::move(session), now, *last);
  }
  auto next = std::make_shared<const PlaylistSnapshot>(
      *std::move(session), now, std::make_shared<const std::string>(builder.text()));
  // Here, so that no viewer waits for it.
  if (last && last->gzip_wanted()) (void)next->gzip_text();
  return next;
}

Result<void> PlaylistService::read_segments(const Session& session, Entry& entry) {
  auto& builder = *entry.builder;
  for (;;) {
    const auto first = builder.published();
    const auto records = records_.segments(session.id, first, kSegmentsPerRead);
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

}  // namespace streamkit::live
