#include <streamkit/live/publication.hpp>

#include "live/live_stream_entry.hpp"

namespace streamkit::live {
namespace {

std::string seconds_text(std::chrono::milliseconds time) {
  const auto tenths = time.count() / 100;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " s";
}

std::string or_else(std::string reason, std::string_view usual) {
  return reason.empty() ? std::string(usual) : std::move(reason);
}

}  // namespace

Publication& Publication::operator=(Publication&& other) noexcept {
  if (this == &other) return *this;
  if (state_) finish(PublishEnd::Lost);
  state_ = std::move(other.state_);
  return *this;
}

Publication::~Publication() {
  if (state_) finish(PublishEnd::Lost);
}

const LiveStream& Publication::stream() const noexcept { return state_->stream; }

bool Publication::continues() const noexcept {
  return state_->stream.status.state == LiveStreamState::Active;
}

void Publication::note_media(std::chrono::steady_clock::time_point now) {
  state_->last_media.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  if (!state_->has_media.load(std::memory_order_relaxed)) state_->streams.first_media(*state_);
}

void Publication::finish(PublishEnd end, std::string reason) {
  if (std::exchange(state_->finished, true)) return;
  state_->streams.finish(*state_, end, std::move(reason));
}

std::stop_token Publication::revoked() const noexcept { return state_->revoked.get_token(); }

std::string Publication::revoked_reason() const {
  return state_->revoked.stop_requested() ? state_->revoked_reason : std::string();
}

Result<std::optional<LiveStream>> LiveStreams::load(std::string_view id,
                                                    std::uint64_t& generation) {
  {
    std::lock_guard lock(mutex_);
    generation = generation_;
    if (entries_.contains(id)) return std::optional<LiveStream>();
  }
  auto stream = store_.find(id);
  if (!stream) return stream.error();
  return std::optional(*std::move(stream));
}

Result<Publication> LiveStreams::begin_publish(const PublishGrant& grant,
                                               std::string remote_address) {
  const SteadyTime now = steady_now();
  // Repeated only when a stream was dropped from memory, or revoked, since its record was read.
  for (;;) {
    std::uint64_t generation = 0;
    auto loaded = load(grant.stream_id, generation);
    if (!loaded) return loaded.error();
    Effects effects;
    Result<std::shared_ptr<PublicationState>> state = std::shared_ptr<PublicationState>();
    {
      std::lock_guard lock(mutex_);
      const auto found = entries_.find(grant.stream_id);
      if (found == entries_.end() && (!*loaded || generation != generation_)) continue;
      Entry& entry = found == entries_.end() ? add_entry(**std::move(loaded), now) : found->second;
      state = attach(entry, std::move(remote_address), effects);
    }
    apply(std::move(effects));
    if (!state) return state.error();
    return Publication(*std::move(state));
  }
}

Result<std::shared_ptr<PublicationState>> LiveStreams::attach(Entry& entry,
                                                              std::string remote_address,
                                                              Effects& effects) {
  const SteadyTime now = steady_now();
  if (entry.stream.revoked_at) {
    return Error{ErrorCode::PermissionDenied, "the key of this stream was revoked"};
  }
  std::string_view how = entry.active() ? "resumed" : "new";
  if (entry.publisher) {
    if (!gives_way(entry, now)) {
      effects.lines.push_back({LogLevel::Warning, "publisher rejected", entry.stream.id,
                               "another one is connected", remote_address});
      effects.counts.push_back({"streamkit_publishers_rejected_total", {"reason", "conflict"}});
      return Error{ErrorCode::AlreadyExists, "another publisher is sending this stream"};
    }
    disconnect(entry, "another publisher took over", effects);
    how = "replaced";
  }
  effects.lines.push_back(
      {LogLevel::Info, "publisher connected", entry.stream.id, {}, remote_address});
  effects.counts.push_back({"streamkit_publishers_total", {"how", how}});
  entry.publisher = std::make_shared<PublicationState>(
      *this, entry.stream, PublisherInfo{std::move(remote_address), wall_now()}, now);
  return entry.publisher;
}

bool LiveStreams::gives_way(const Entry& entry, SteadyTime now) const {
  switch (entry.stream.on_conflict) {
    case PublishConflict::Replace:
      return true;
    case PublishConflict::Reject:
      return false;
    case PublishConflict::ReplaceSilent:
      break;
  }
  return entry.publisher->silence(now) >= options_.silent_after;
}

LiveStreams::Entry* LiveStreams::entry_of(const PublicationState& state) {
  const auto found = entries_.find(state.stream.id);
  if (found == entries_.end() || found->second.publisher.get() != &state) return nullptr;
  return &found->second;
}

void LiveStreams::first_media(PublicationState& state) {
  Effects effects;
  {
    std::lock_guard lock(mutex_);
    Entry* const entry = entry_of(state);
    if (entry == nullptr) return;
    state.has_media = true;
    entry->pending.reset();
    if (entry->active()) return;
    entry->stream.status = {.state = LiveStreamState::Active,
                            .broadcasts = entry->stream.status.broadcasts + 1,
                            .started_at = wall_now()};
    entry->dirty = true;
    effects.changed.push_back(entry->stream);
    effects.counts.push_back({"streamkit_live_broadcasts_total", {}});
    effects.lines.push_back({LogLevel::Info, "live stream began", entry->stream.id});
  }
  apply(std::move(effects));
}

void LiveStreams::finish(PublicationState& state, PublishEnd end, std::string reason) {
  const SteadyTime now = steady_now();
  Effects effects;
  {
    std::lock_guard lock(mutex_);
    Entry* const entry = entry_of(state);
    if (entry == nullptr) return;
    entry->publisher.reset();
    switch (end) {
      case PublishEnd::Goodbye:
        say_goodbye(*entry, or_else(std::move(reason), "the publisher ended it"), now, effects);
        break;
      case PublishEnd::Lost:
        lose(*entry, state, or_else(std::move(reason), "the connection was lost"), now, effects);
        break;
      case PublishEnd::Failed:
        finish_broadcast(*entry, LiveStreamState::Error,
                         or_else(std::move(reason), "the stream cannot be carried"), effects);
        break;
    }
  }
  apply(std::move(effects));
}

void LiveStreams::say_goodbye(Entry& entry, std::string reason, SteadyTime now, Effects& effects) {
  if (!entry.active()) return;
  if (options_.goodbye_grace.count() > 0) {
    entry.pending = {now + options_.goodbye_grace, LiveStreamState::EndedGracefully,
                     std::move(reason)};
    return;
  }
  finish_broadcast(entry, LiveStreamState::EndedGracefully, std::move(reason), effects);
}

// A publisher that sent nothing does not extend the grace time of the one before it.
void LiveStreams::lose(Entry& entry, const PublicationState& state, std::string reason,
                       SteadyTime now, Effects& effects) {
  effects.counts.push_back({"streamkit_publishers_lost_total", {}});
  effects.lines.push_back(
      {LogLevel::Warning, "publisher lost", entry.stream.id, reason, state.info.remote_address});
  if (!entry.active() || (entry.pending && !state.has_media)) return;
  entry.pending = {now + options_.grace, LiveStreamState::Error, std::move(reason)};
}

void LiveStreams::end_entry(Entry& entry, std::string_view reason, Effects& effects) {
  if (entry.publisher) disconnect(entry, "the stream has ended: " + std::string(reason), effects);
  if (!entry.active()) return;
  finish_broadcast(entry, LiveStreamState::EndedGracefully, std::string(reason), effects);
}

void LiveStreams::disconnect(Entry& entry, std::string reason, Effects& effects) {
  entry.publisher->revoked_reason = std::move(reason);
  effects.revoked.push_back(std::move(entry.publisher));
  entry.publisher = nullptr;
}

void LiveStreams::finish_broadcast(Entry& entry, LiveStreamState state, std::string reason,
                                   Effects& effects) {
  if (entry.active()) {
    effects.counts.push_back(
        {"streamkit_live_broadcasts_ended_total", {"state", to_string(state)}});
  }
  entry.pending.reset();
  LiveStreamStatus& status = entry.stream.status;
  status.state = state;
  status.reason = std::move(reason);
  status.ended_at = wall_now();
  entry.dirty = true;
  effects.changed.push_back(entry.stream);
  const bool failed = state == LiveStreamState::Error;
  effects.lines.push_back({failed ? LogLevel::Warning : LogLevel::Info, "live stream ended",
                           entry.stream.id, status.reason});
}

void LiveStreams::sweep(std::chrono::steady_clock::time_point now) {
  Effects effects;
  std::size_t active = 0;
  std::size_t connected = 0;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, entry] : entries_) {
      sweep_entry(entry, now, effects);
      active += entry.active() ? 1 : 0;
      connected += entry.publisher ? 1 : 0;
    }
  }
  apply(std::move(effects));
  context_.gauge("streamkit_live_streams_active", static_cast<double>(active));
  context_.gauge("streamkit_publishers_connected", static_cast<double>(connected));
  store_changes();
}

void LiveStreams::sweep_entry(Entry& entry, SteadyTime now, Effects& effects) {
  if (entry.publisher && entry.publisher->silence(now) >= options_.disconnect_after) {
    const auto publisher = entry.publisher;
    std::string reason = "nothing was sent for " + seconds_text(options_.disconnect_after);
    disconnect(entry, reason, effects);
    lose(entry, *publisher, std::move(reason), now, effects);
  }
  if (entry.publisher || !entry.pending || now < entry.pending->at) return;
  PendingEnd end = *std::move(entry.pending);
  finish_broadcast(entry, end.state, std::move(end.reason), effects);
}

// Stop callbacks, the logger and on_change may do anything, also call this object.
void LiveStreams::apply(Effects effects) {
  for (const auto& publisher : effects.revoked) publisher->revoked.request_stop();
  for (const auto& count : effects.counts) {
    if (count.label.name.empty()) {
      context_.count(count.name);
    } else {
      context_.count(count.name, 1, {count.label});
    }
  }
  for (auto& line : effects.lines) {
    Context context = context_.with({"stream_id", std::move(line.stream_id)});
    if (!line.reason.empty()) context = context.with({"reason", std::move(line.reason)});
    if (!line.remote_address.empty()) {
      context = context.with({"remote_address", std::move(line.remote_address)});
    }
    context.log(line.level, line.message);
  }
  if (!options_.on_change) return;
  for (const LiveStream& stream : effects.changed) options_.on_change(stream);
}

}  // namespace streamkit::live
