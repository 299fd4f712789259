#include <streamkit/live/live_streams.hpp>

#include <streamkit/net/random_text.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/store/chunk_key.hpp>

#include "live/live_stream_entry.hpp"
#include "live/stream_key.hpp"

namespace streamkit::live {
namespace {

constexpr std::size_t kStreamIdLength = 26;
constexpr std::size_t kPage = 1000;
constexpr std::string_view kDeleted = "it was deleted";

class CountedCall {
 public:
  explicit CountedCall(std::atomic<std::uint64_t>& calls) noexcept : calls_(calls) { ++calls_; }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;
  ~CountedCall() { --calls_; }

 private:
  std::atomic<std::uint64_t>& calls_;
};

Error too_many(std::uint64_t limit, std::string_view what) {
  return {ErrorCode::ResourceExhausted,
          "there are " + std::to_string(limit) + " " + std::string(what) + " already: delete one"};
}

}  // namespace

LiveStreams::LiveStreams(LiveStreamStore& store, LiveStreamsOptions options, Context context)
    : store_(store), options_(std::move(options)), context_(std::move(context)) {}

LiveStreams::~LiveStreams() { store_changes(); }

Result<NewLiveStream> LiveStreams::create(const LiveStreamRequest& request) {
  if (auto checked = check_live_stream_request(request); !checked) return checked.error();
  auto id = net::random_text(kStreamIdLength);
  if (!id) return id.error();
  auto key = net::random_text(kStreamKeyLength);
  if (!key) return key.error();
  LiveStream stream{.id = *std::move(id),
                    .name = request.name,
                    .key_sha256 = net::sha256_hex(*key),
                    .on_conflict = request.on_conflict,
                    .ladder = request.ladder,
                    .dvr = request.dvr,
                    .record = request.record,
                    .stereo = request.stereo,
                    .source = request.source,
                    .api_key = request.api_key,
                    .created_at = wall_now()};
  if (auto added = add(stream); !added) return added.error();
  return NewLiveStream{std::move(stream), *std::move(key)};
}

Result<LiveStream> LiveStreams::create_open(std::string_view id) {
  LiveStream stream{.id = std::string(id), .open = true, .created_at = wall_now()};
  if (!is_valid_session_id(id)) return invalid_session_id();
  if (auto added = add(stream); !added) return added.error();
  return stream;
}

Result<void> LiveStreams::add(const LiveStream& stream) {
  const CountedCall counted(creating_);
  if (auto room = check_room(stream); !room) return room;
  if (auto created = store_.create(stream); !created) return created;
  context_.count("streamkit_live_streams_created_total");
  context_.log(LogLevel::Info, "live stream created",
               {{"stream_id", stream.id}, {"name", stream.name}, {"api_key", stream.api_key}});
  return {};
}

// Counts the calls in progress too, so that concurrent ones do not exceed a limit together.
Result<void> LiveStreams::check_room(const LiveStream& stream) {
  const auto counts = store_.count();
  if (!counts) return counts.error();
  const auto full = [&](std::uint64_t limit, std::uint64_t count) {
    return limit > 0 && count + creating_ > limit;
  };
  if (full(options_.max_streams, counts->all)) {
    return too_many(options_.max_streams, "live streams");
  }
  if (stream.open && full(options_.max_open_streams, counts->open)) {
    return too_many(options_.max_open_streams,
                    "live streams that publishers created without a key");
  }
  return {};
}

Result<LiveStream> LiveStreams::find(std::string_view id) {
  auto stream = store_.find(id);
  if (stream) overlay(*stream);
  return stream;
}

// The hash is what is searched for, so that the time of the search reveals nothing of a key.
Result<LiveStream> LiveStreams::find_by_key(std::string_view key) {
  const Error unknown{ErrorCode::NotFound, "unknown stream key"};
  if (key.empty() || key.size() > kMaxStreamKeyBytes) return unknown;
  const std::string hash = net::sha256_hex(key);
  auto stream = store_.find_by_key_hash(hash);
  if (!stream) return stream.error().code == ErrorCode::NotFound ? unknown : stream.error();
  if (!net::equal_in_constant_time(stream->key_sha256, hash)) return unknown;
  overlay(*stream);
  return stream;
}

Result<std::vector<LiveStream>> LiveStreams::list(std::string_view after_id, std::size_t limit) {
  auto streams = store_.list({.after_id = std::string(after_id), .limit = limit});
  if (!streams) return streams;
  for (LiveStream& stream : *streams) overlay(stream);
  return streams;
}

Result<std::vector<LiveStream>> LiveStreams::list_ended(WallTime before, std::string_view after_id,
                                                        std::size_t limit) {
  auto streams =
      store_.list({.ended_before = before, .after_id = std::string(after_id), .limit = limit});
  if (!streams) return streams;
  // A stream in memory has a publisher, or a state that the store does not know yet.
  std::lock_guard lock(mutex_);
  std::erase_if(*streams, [&](const LiveStream& stream) { return entries_.contains(stream.id); });
  return streams;
}

// What is in memory is newer than the store.
void LiveStreams::overlay(LiveStream& stream) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(stream.id);
  if (found != entries_.end()) stream.status = found->second.stream.status;
}

std::optional<PublisherInfo> LiveStreams::publisher_of(std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.publisher) return {};
  return found->second.publisher->info;
}

Result<void> LiveStreams::end(std::string_view id) {
  if (const auto found = store_.find(id); !found) return found.error();
  Effects effects;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found != entries_.end()) end_entry(found->second, "its owner ended it", effects);
  }
  apply(std::move(effects));
  store_changes();
  return {};
}

Result<void> LiveStreams::revoke(std::string_view id) {
  const WallTime at = wall_now();
  if (auto revoked = store_.revoke(id, at); !revoked) return revoked;
  Effects effects;
  bool in_memory = false;
  {
    std::lock_guard lock(mutex_);
    ++generation_;
    const auto found = entries_.find(id);
    in_memory = found != entries_.end();
    if (in_memory) revoke_entry(found->second, at, effects);
  }
  apply(std::move(effects));
  context_.log(LogLevel::Info, "live stream deleted", {{"stream_id", std::string(id)}});
  if (!in_memory) return end_unused(id);
  store_changes();
  return {};
}

void LiveStreams::revoke_entry(Entry& entry, WallTime at, Effects& effects) {
  if (!entry.stream.revoked_at) entry.stream.revoked_at = at;
  entry.stream.key_sha256.clear();
  end_entry(entry, kDeleted, effects);
  if (entry.stream.status.state == LiveStreamState::PendingIngest) {
    finish_broadcast(entry, LiveStreamState::EndedGracefully, std::string(kDeleted), effects);
  }
}

// Nobody can publish a revoked stream any more, so that its stored status is the latest.
Result<void> LiveStreams::end_unused(std::string_view id) {
  auto stream = store_.find(id);
  if (!stream) return stream.error();
  if (stream->status.state != LiveStreamState::PendingIngest) return {};
  stream->status.state = LiveStreamState::EndedGracefully;
  stream->status.reason = kDeleted;
  stream->status.ended_at = wall_now();
  if (auto stored = store_.update(id, stream->status); !stored) return stored;
  if (options_.on_change) options_.on_change(*stream);
  return {};
}

Result<void> LiveStreams::remove(std::string_view id) {
  if (auto removed = store_.remove(id); !removed) return removed;
  Effects effects;
  {
    std::lock_guard lock(mutex_);
    ++generation_;
    const auto found = entries_.find(id);
    if (found == entries_.end()) return {};
    if (found->second.publisher) disconnect(found->second, "the stream was removed", effects);
    entries_.erase(found);
  }
  apply(std::move(effects));
  return {};
}

Result<void> LiveStreams::recover(std::chrono::steady_clock::time_point now) {
  std::string after;
  for (std::size_t recovered = 0;;) {
    auto page = store_.list({.state = LiveStreamState::Active, .after_id = after, .limit = kPage});
    if (!page) return page.error().with_context("recovering live streams");
    {
      std::lock_guard lock(mutex_);
      for (LiveStream& stream : *page) {
        after = stream.id;
        if (!entries_.contains(stream.id)) add_entry(std::move(stream), now);
      }
    }
    recovered += page->size();
    if (page->size() == kPage) continue;
    if (recovered > 0) {
      context_.log(LogLevel::Info, "live streams wait for their publishers after a restart",
                   {{"streams", std::to_string(recovered)}});
    }
    return {};
  }
}

LiveStreams::Entry& LiveStreams::add_entry(LiveStream stream, SteadyTime now) {
  std::string id = stream.id;
  Entry& entry = entries_.try_emplace(std::move(id), Entry{std::move(stream)}).first->second;
  if (entry.active()) {
    entry.pending = {now + options_.grace, LiveStreamState::Error, "the server restarted"};
  }
  return entry;
}

void LiveStreams::store_changes() {
  std::optional<Error> new_failure;
  {
    std::lock_guard writing(store_mutex_);
    const auto failure = write_changes();
    if (failure && !store_fails_) new_failure = failure;
    store_fails_ = failure.has_value();
    drop_idle_entries();
  }
  if (!new_failure) return;
  context_.log(LogLevel::Error, "states of live streams cannot be stored, will be tried again",
               {{"reason", to_string(*new_failure)}});
}

// Returns the last failure.
std::optional<Error> LiveStreams::write_changes() {
  std::vector<std::pair<std::string, LiveStreamStatus>> changed;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_) {
      if (!entry.dirty) continue;
      entry.dirty = false;
      changed.emplace_back(id, entry.stream.status);
    }
  }
  std::optional<Error> failure;
  for (const auto& [id, status] : changed) {
    const auto stored = store_.update(id, status);
    if (stored || stored.error().code == ErrorCode::NotFound) continue;
    failure = stored.error();
    std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(id); found != entries_.end()) found->second.dirty = true;
  }
  return failure;
}

// Called while nothing is written: an entry that is being written is not dirty.
void LiveStreams::drop_idle_entries() {
  std::lock_guard lock(mutex_);
  const auto dropped = std::erase_if(entries_, [](const auto& item) {
    const Entry& entry = item.second;
    return !entry.active() && !entry.publisher && !entry.dirty;
  });
  if (dropped > 0) ++generation_;
}

}  // namespace streamkit::live
