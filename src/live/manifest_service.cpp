#include <streamkit/live/manifest_service.hpp>

#include <algorithm>
#include <streamkit/hls/playlist_builder.hpp>

namespace streamkit::live {
namespace {

constexpr std::size_t kSegmentsPerRead = 1000;
// The delay before a session is read again that could not be read, or that another thread is
// reading.
constexpr std::chrono::milliseconds kAgainAfter{20};

bool has_overlong_entry(const SegmentRecord& segment, std::chrono::seconds target) {
  const auto entries = hls::playlist_entries(segment, target);
  return std::any_of(entries.begin(), entries.end(), [target](const ChunkPart& entry) {
    return hls::is_overlong(entry.duration, target);
  });
}

}  // namespace

struct ManifestService::Manifest {
  std::unique_ptr<ManifestWriter> writer;
  std::optional<std::uint64_t> unusable_segment;
};

struct ManifestService::Entry {
  // Used only by the thread that loads the entry, and after that by the thread of update(). One for
  // each name, in the order of the names.
  std::vector<Manifest> manifests;

  // Guarded by ManifestService::mutex_
  Snapshots snapshots;
  std::chrono::steady_clock::time_point last_used = {};
};

struct ManifestService::Load {
  std::condition_variable done;
  // Guarded by ManifestService::mutex_
  std::optional<Result<Snapshots>> result;
};

ManifestService::ManifestService(SessionStore& sessions, StreamRecords& records,
                                 ManifestFactories factories, ManifestServiceOptions options,
                                 Context context)
    : sessions_(sessions),
      records_(records),
      factories_(std::move(factories)),
      options_(std::move(options)),
      context_(context) {}

ManifestService::~ManifestService() { stop(); }

void ManifestService::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

void ManifestService::stop() { thread_ = {}; }

void ManifestService::run(std::stop_token stop) {
  constexpr std::chrono::milliseconds kWait{250};
  Clock& clock = context_.clock_or_system();
  while (!stop.stop_requested()) {
    if (!update(kWait, stop)) clock.wait_until(clock.steady_now() + kWait, stop);
  }
}

std::size_t ManifestService::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

Result<ManifestService::SnapshotPtr> ManifestService::find(std::string_view session_id,
                                                           std::string_view name) {
  const auto factory = factories_.find(name);
  if (factory == factories_.end()) {
    return Error{ErrorCode::NotFound, "no manifest '" + std::string(name) + "'"};
  }
  const auto place = static_cast<std::size_t>(std::distance(factories_.begin(), factory));
  auto found = find_in_memory(session_id, place);
  if (!found) {
    found =
        load(std::string(session_id)).transform([&](const Snapshots& all) { return all[place]; });
  }
  Result<SnapshotPtr> snapshot = *std::move(found);
  if (snapshot && is_expired((*snapshot)->session())) {
    return Error{ErrorCode::NotFound, "the session has expired"};
  }
  return snapshot;
}

std::optional<Result<ManifestService::SnapshotPtr>> ManifestService::find_in_memory(
    std::string_view session_id, std::size_t place) {
  const auto now = context_.clock_or_system().steady_now();
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(session_id);
  if (found == entries_.end()) return {};
  if (failing_since_ && now - *failing_since_ > options_.stale_limit) {
    return Error{ErrorCode::Unavailable, "the session store has been failing for too long"};
  }
  found->second->last_used = now;
  return found->second->snapshots[place];
}

Result<ManifestService::Snapshots> ManifestService::load(const std::string& session_id) {
  std::shared_ptr<Load> load;
  {
    std::unique_lock lock(mutex_);
    const auto loaded = entries_.find(session_id);
    if (loaded != entries_.end()) return loaded->second->snapshots;
    const auto [place, first] = loads_.try_emplace(session_id);
    if (first) place->second = std::make_shared<Load>();
    load = place->second;
    if (!first) {
      load->done.wait(lock, [&] { return load->result.has_value(); });
      return *load->result;
    }
  }
  const auto entry = std::make_shared<Entry>();
  auto snapshots = read(session_id, *entry);
  {
    std::lock_guard lock(mutex_);
    loads_.erase(session_id);
    load->result = snapshots;
    if (snapshots) {
      entry->snapshots = *snapshots;
      insert(session_id, entry);
    }
  }
  load->done.notify_all();
  return snapshots;
}

void ManifestService::insert(const std::string& session_id, const EntryPtr& entry) {
  if (entries_.size() >= options_.max_sessions) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
      return a.second->last_used < b.second->last_used;
    }));
  }
  entry->last_used = context_.clock_or_system().steady_now();
  entries_.insert_or_assign(session_id, entry);
}

void ManifestService::forget(std::string_view session_id) {
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(session_id);
    if (found == entries_.end()) return;
    entries_.erase(found);
  }
  if (options_.on_change) options_.on_change(session_id);
}

bool ManifestService::is_expired(const Session& session) const {
  return options_.is_expired &&
         options_.is_expired(session, context_.clock_or_system().system_now());
}

Result<void> ManifestService::update(std::chrono::milliseconds wait, std::stop_token stop) {
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

ManifestService::Refreshed ManifestService::refresh_cached(const std::string& session_id) {
  EntryPtr entry;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(session_id);
    // The thread that loads the entry may have read the state before this change.
    if (found == entries_.end()) {
      return loads_.contains(session_id) ? Refreshed::Loading : Refreshed::Done;
    }
    entry = found->second;
  }
  auto snapshots = read(session_id, *entry);
  if (!snapshots && snapshots.error().code == ErrorCode::NotFound) {
    forget(session_id);
    return Refreshed::Done;
  }
  if (!snapshots) return Refreshed::Failed;
  {
    std::lock_guard lock(mutex_);
    entry->snapshots = *std::move(snapshots);
  }
  if (options_.on_change) options_.on_change(session_id);
  return Refreshed::Done;
}

void ManifestService::note_store(bool works) {
  const auto now = context_.clock_or_system().steady_now();
  bool news = false;
  {
    std::lock_guard lock(mutex_);
    news = failing_since_.has_value() == works;
    if (works) failing_since_.reset();
    if (!works && !failing_since_) failing_since_ = now;
  }
  if (!news) return;
  context_.log(
      works ? LogLevel::Info : LogLevel::Error,
      works ? "session store works again" : "session store failed, playlists are not updated");
}

Result<ManifestService::Snapshots> ManifestService::read(std::string_view session_id,
                                                         Entry& entry) {
  const auto session = sessions_.find(session_id);
  if (!session) return session.error();
  const auto progress = records_.progress(session_id);
  if (!progress) return progress.error();
  if (entry.manifests.empty()) {
    for (const auto& [name, create] : factories_) entry.manifests.push_back({create(*session), {}});
  }
  Snapshots snapshots;
  for (std::size_t place = 0; place < entry.manifests.size(); ++place) {
    auto& manifest = entry.manifests[place];
    auto& writer = *manifest.writer;
    if (session->final_chunk_count) writer.end(*session->final_chunk_count);
    if (!writer.complete()) {
      if (auto records = read_segments(*session, manifest); !records) return records.error();
    }
    const StreamProgress now{.chunks = progress->contiguous_chunks,
                             .segments = writer.published(),
                             .duration = writer.duration(),
                             .complete = writer.complete()};
    // Only this thread writes the text, and the text only grows: if the size is the same, the text
    // is.
    const auto last = entry.snapshots.empty() ? nullptr : entry.snapshots[place];
    const bool same = last && writer.text().size() == last->text()->size();
    std::optional<ManifestSnapshot::TimePoint> grew_at;
    if (last) grew_at = context_.clock_or_system().steady_now();
    snapshots.push_back(
        same ? std::make_shared<const ManifestSnapshot>(*session, now, *last)
             : std::make_shared<const ManifestSnapshot>(
                   *session, now, std::make_shared<const std::string>(writer.text()), grew_at));
  }
  return snapshots;
}

Result<void> ManifestService::read_segments(const Session& session, Manifest& manifest) {
  auto& writer = *manifest.writer;
  const auto target = hls::target_duration_for(session.chunk_duration);
  for (;;) {
    const auto first = writer.published();
    const auto records = records_.segments(session.id, first, kSegmentsPerRead);
    if (!records) return records.error();
    for (const auto& record : *records) {
      // Manifests with several renditions do not exist yet.
      if (!record.rendition.empty()) continue;
      if (record.index != writer.published()) return {};  // Segments after a hole are not listed.
      const auto added = writer.add(record);
      if (added && has_overlong_entry(record, target)) {
        context_.log(LogLevel::Warning, "segment is longer than the playlist's target duration",
                     {{"session_id", session.id}, {"index", std::to_string(record.index)}});
      }
      if (added) continue;
      if (manifest.unusable_segment != record.index) {
        manifest.unusable_segment = record.index;
        context_.log(LogLevel::Error, "segment cannot be listed",
                     {{"session_id", session.id},
                      {"index", std::to_string(record.index)},
                      {"reason", to_string(added.error())}});
      }
      return {};
    }
    if (records->size() < kSegmentsPerRead || writer.published() == first) return {};
  }
}

}  // namespace streamkit::live
