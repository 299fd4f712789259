// The suites themselves: each defect planted here must be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <streamkit/testing/conformance.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/memory_live_stream_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/memory_session_store.hpp>

namespace streamkit::testing {
namespace {

using std::chrono::milliseconds;

enum class ObjectDefect {
  FixesBadKeys,
  LosesAByte,
  NeverReplaces,
  InventsObjects,
  WrongSize,
  KeepsRemoved,
  RefusesSecondRemove,
  Unsorted,
  AfterIncluded,
  NoLimit,
  PrefixByFolder,
  StoresWhenCancelled,
  LosesAPiece,
  ShowsPieces,
  KeepsDiscarded,
  StoresCancelledUploads,
  OpensMissing,
  ReadersFollowTheirKey,
  ReadersIgnoreOffsets,
  ReadersStopShort,
  ReadersFailAtTheEnd,
  ReadersIgnoreStops,
};

// Reads as the defect has it.
class DefectiveReader final : public ObjectReader {
 public:
  DefectiveReader(ObjectDefect defect, ObjectStore& store,
                  std::shared_ptr<const ObjectReader> inner)
      : defect_(defect), store_(store), inner_(std::move(inner)) {}

  const ObjectInfo& info() const noexcept override { return inner_->info(); }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override {
    if (defect_ == ObjectDefect::ReadersIgnoreStops) stop = {};
    if (defect_ == ObjectDefect::ReadersIgnoreOffsets) offset = 0;
    if (defect_ == ObjectDefect::ReadersStopShort) {
      into = into.first(std::min<std::size_t>(into.size(), 1024));
    }
    if (defect_ == ObjectDefect::ReadersFailAtTheEnd && offset >= size_bytes()) {
      return Error{ErrorCode::CorruptData, "the end"};
    }
    if (defect_ == ObjectDefect::ReadersFollowTheirKey) {
      auto now = store_.open(info().key, stop);
      return now ? (*now)->read(offset, into, stop) : now.error();
    }
    return inner_->read(offset, into, stop);
  }

 private:
  const ObjectDefect defect_;
  ObjectStore& store_;
  const std::shared_ptr<const ObjectReader> inner_;
};

// Keeps an upload's pieces, as the defect has it.
class DefectiveUpload final : public ObjectUpload {
 public:
  DefectiveUpload(ObjectDefect defect, ObjectStore& store, std::string_view key)
      : defect_(defect), store_(store), key_(key) {}
  ~DefectiveUpload() override {
    if (defect_ == ObjectDefect::KeepsDiscarded) (void)store_.put(key_, body_, {}, {});
  }

  Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token) override {
    if (defect_ == ObjectDefect::LosesAPiece) body_.clear();
    body_.insert(body_.end(), bytes.begin(), bytes.end());
    if (defect_ == ObjectDefect::ShowsPieces) (void)store_.put(key_, body_, {}, {});
    return {};
  }
  Result<void> commit(std::stop_token stop) override {
    if (defect_ == ObjectDefect::StoresCancelledUploads) (void)store_.put(key_, body_, {}, {});
    return store_.put(key_, body_, {}, std::move(stop));
  }

 private:
  const ObjectDefect defect_;
  ObjectStore& store_;
  const std::string key_;
  Bytes body_;
};

class DefectiveObjectStore final : public ObjectStore {
 public:
  explicit DefectiveObjectStore(ObjectDefect defect) : defect_(defect) {}

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override {
    if (is(ObjectDefect::FixesBadKeys) && !check_object_key(key)) return {};
    if (is(ObjectDefect::LosesAByte) && !body.empty()) body = body.first(body.size() - 1);
    if (is(ObjectDefect::NeverReplaces) && inner_.head(key, {})) return {};
    if (is(ObjectDefect::StoresWhenCancelled)) (void)inner_.put(key, body, options, {});
    return inner_.put(key, body, options, stop);
  }
  Result<std::unique_ptr<ObjectUpload>> begin_put(std::string_view key, const PutOptions& options,
                                                  std::stop_token stop) override {
    if (defect_ < ObjectDefect::LosesAPiece || defect_ >= ObjectDefect::OpensMissing)
      return ObjectStore::begin_put(key, options, stop);
    if (auto valid = check_object_key(key); !valid) return valid.error();
    return std::unique_ptr<ObjectUpload>(std::make_unique<DefectiveUpload>(defect_, inner_, key));
  }
  Result<Bytes> get(std::string_view key, std::stop_token stop) override {
    auto body = inner_.get(key, stop);
    if (is(ObjectDefect::InventsObjects) && !body) return Bytes();
    return body;
  }
  Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                   std::stop_token stop) override {
    if (defect_ < ObjectDefect::OpensMissing) return ObjectStore::open(key, stop);
    auto opened = inner_.open(key, stop);
    if (is(ObjectDefect::OpensMissing) && !opened && check_object_key(key)) {
      (void)inner_.put("missing", {}, {}, {});
      opened = inner_.open("missing", stop);
      (void)inner_.remove("missing", {});
    }
    if (!opened) return opened.error();
    return std::make_shared<const DefectiveReader>(defect_, inner_, *std::move(opened));
  }
  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override {
    auto info = inner_.head(key, stop);
    if (is(ObjectDefect::WrongSize) && info) ++info->size_bytes;
    return info;
  }
  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override {
    if (is(ObjectDefect::NoLimit)) limit = 1'000'000;
    if (is(ObjectDefect::PrefixByFolder)) prefix = prefix.substr(0, prefix.rfind('/') + 1);
    auto infos = inner_.list(prefix, after, limit, stop);
    if (is(ObjectDefect::Unsorted)) std::reverse(infos->begin(), infos->end());
    if (is(ObjectDefect::AfterIncluded)) {
      if (auto info = inner_.head(after, {})) infos->insert(infos->begin(), *info);
    }
    return infos;
  }
  Result<void> remove(std::string_view key, std::stop_token stop) override {
    if (is(ObjectDefect::KeepsRemoved)) return {};
    if (is(ObjectDefect::RefusesSecondRemove)) {
      if (auto info = inner_.head(key, {}); !info) return info.error();
    }
    return inner_.remove(key, stop);
  }

 private:
  bool is(ObjectDefect defect) const { return defect_ == defect; }

  const ObjectDefect defect_;
  MemoryObjectStore inner_;
};

// Has only what a store must have: open() and begin_put() are the port's own.
class PlainObjectStore final : public ObjectStore {
 public:
  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override {
    return inner_.put(key, body, options, stop);
  }
  Result<Bytes> get(std::string_view key, std::stop_token stop) override {
    return inner_.get(key, stop);
  }
  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override {
    return inner_.head(key, stop);
  }
  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override {
    return inner_.list(prefix, after, limit, stop);
  }
  Result<void> remove(std::string_view key, std::stop_token stop) override {
    return inner_.remove(key, stop);
  }

 private:
  MemoryObjectStore inner_;
};

TEST(Conformance, AStoreOfTheRequiredCallsAloneConforms) {
  PlainObjectStore store;
  EXPECT_EQ(check_object_store(store), Violations());
}

TEST(Conformance, FindsEveryDefectOfAnObjectStore) {
  for (int i = 0; i <= static_cast<int>(ObjectDefect::ReadersIgnoreStops); ++i) {
    DefectiveObjectStore store(static_cast<ObjectDefect>(i));
    EXPECT_FALSE(check_object_store(store).empty()) << "defect " << i;
  }
}

TEST(Conformance, RefusesAnObjectStoreInUse) {
  MemoryObjectStore store;
  ASSERT_TRUE(store.put("conformance/mine", {}, {}, {}));
  EXPECT_EQ(check_object_store(store).size(), 1u);
  EXPECT_TRUE(store.get("conformance/mine", {}));
}

enum class QueueDefect {
  ChangesBodies,
  FirstAttemptIsZero,
  SameReceipt,
  NoVisibility,
  NeverReturns,
  AcceptsLapsedReceipts,
  CompletesNothing,
  IgnoresDelay,
  IgnoresExtension,
  ForgetsTheDead,
  ForgetsReasons,
  SkipsTheDead,
  RevivesNothing,
  PurgesNothing,
  LosesJobs,
  NothingInFlight,
  TakesWhenStopped
};

class DefectiveJobQueue final : public JobQueue, public DeadLetters {
 public:
  DefectiveJobQueue(QueueDefect defect, FakeClock& clock)
      : defect_(defect), inner_({.clock = &clock}) {}

  Result<void> send(std::string_view body) override {
    if (is(QueueDefect::LosesJobs) && body == "49") return {};
    return inner_.send(is(QueueDefect::ChangesBodies) ? body.substr(1) : body);
  }
  Result<std::optional<Job>> receive(milliseconds visibility, milliseconds wait,
                                     std::stop_token stop) override {
    if (is(QueueDefect::NoVisibility)) visibility = milliseconds(0);
    if (is(QueueDefect::NeverReturns)) visibility *= 1000;
    if (is(QueueDefect::TakesWhenStopped) && stop.stop_requested()) {
      stop = {};
      wait = milliseconds(0);
    }
    auto job = inner_.receive(visibility, wait, stop);
    if (!job || !*job) return job;
    if (is(QueueDefect::FirstAttemptIsZero)) --(*job)->attempt;
    if (is(QueueDefect::SameReceipt) || is(QueueDefect::AcceptsLapsedReceipts)) {
      std::lock_guard lock(mutex_);
      receipts_[(*job)->body] = (*job)->receipt;
      if (is(QueueDefect::SameReceipt)) (*job)->receipt = (*job)->body;
    }
    return job;
  }
  Result<void> complete(const Job& job) override {
    if (is(QueueDefect::CompletesNothing)) return {};
    return inner_.complete(known(job));
  }
  Result<void> retry(const Job& job, milliseconds delay) override {
    return inner_.retry(known(job), is(QueueDefect::IgnoresDelay) ? milliseconds(0) : delay);
  }
  Result<void> extend(const Job& job, milliseconds visibility) override {
    if (is(QueueDefect::IgnoresExtension)) return {};
    return inner_.extend(known(job), visibility);
  }
  Result<void> dead_letter(const Job& job, std::string_view reason) override {
    if (is(QueueDefect::ForgetsTheDead)) return inner_.complete(known(job));
    return inner_.dead_letter(known(job), reason);
  }
  Result<QueueDepth> depth() override {
    auto depth = inner_.depth();
    if (is(QueueDefect::NothingInFlight)) depth->in_flight = 0;
    return depth;
  }
  Result<std::vector<DeadJob>> list(std::string_view after, std::size_t limit) override {
    auto jobs = inner_.list(after, limit);
    if (is(QueueDefect::ForgetsReasons)) {
      for (DeadJob& job : *jobs) job.reason.clear();
    }
    if (is(QueueDefect::SkipsTheDead) && !after.empty() && !jobs->empty()) {
      jobs->erase(jobs->begin());
    }
    return jobs;
  }
  Result<void> revive(std::string_view id) override {
    return is(QueueDefect::RevivesNothing) ? inner_.purge(id) : inner_.revive(id);
  }
  Result<void> purge(std::string_view id) override {
    return is(QueueDefect::PurgesNothing) ? Result<void>() : inner_.purge(id);
  }

 private:
  bool is(QueueDefect defect) const { return defect_ == defect; }
  Job known(Job job) {
    std::lock_guard lock(mutex_);
    if (const auto found = receipts_.find(job.body); found != receipts_.end()) {
      job.receipt = found->second;
    }
    return job;
  }

  const QueueDefect defect_;
  MemoryJobQueue inner_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, std::string> receipts_;
};

TEST(Conformance, FindsEveryDefectOfAJobQueue) {
  for (int i = 0; i <= static_cast<int>(QueueDefect::TakesWhenStopped); ++i) {
    FakeClock clock;
    DefectiveJobQueue queue(static_cast<QueueDefect>(i), clock);
    auto violations = check_job_queue(queue, [&](auto time) { clock.advance(time); });
    DefectiveJobQueue fresh(static_cast<QueueDefect>(i), clock);
    const auto of_the_dead = check_dead_letters(fresh, fresh);
    violations.insert(violations.end(), of_the_dead.begin(), of_the_dead.end());
    EXPECT_FALSE(violations.empty()) << "defect " << i;
  }
}

enum class GroupDefect {
  IgnoresGroups,
  IgnoresTheShare,
  IgnoresTheIndex,
  OneGroupForAll,
  CountsNoLoss,
  CountsEveryDelivery
};

class DefectiveGroups final : public JobQueue {
 public:
  DefectiveGroups(GroupDefect defect, FakeClock& clock)
      : defect_(defect), inner_({.clock = &clock}) {}

  Result<void> send(std::string_view body) override {
    return is(GroupDefect::OneGroupForAll) ? inner_.send_in_group(body, {"all", 0})
                                           : inner_.send(body);
  }
  Result<void> send_in_group(std::string_view body, const JobGroup& group) override {
    if (is(GroupDefect::IgnoresGroups)) return inner_.send(body);
    const std::string id = is(GroupDefect::OneGroupForAll) ? "all" : group.id;
    return inner_.send_in_group(body, {id, is(GroupDefect::IgnoresTheIndex) ? 0 : group.index});
  }
  Result<std::optional<Job>> receive(milliseconds visibility, milliseconds wait,
                                     std::stop_token stop) override {
    return receive_with({visibility, wait, 0}, std::move(stop));
  }
  Result<std::optional<Job>> receive_with(const ReceiveOptions& options,
                                          std::stop_token stop) override {
    ReceiveOptions used = options;
    if (is(GroupDefect::IgnoresTheShare)) used.per_group = 0;
    auto job = inner_.receive_with(used, std::move(stop));
    if (!job || !*job) return job;
    if (is(GroupDefect::CountsNoLoss)) (*job)->lost_deliveries = 0;
    if (is(GroupDefect::CountsEveryDelivery)) (*job)->lost_deliveries = (*job)->attempt - 1;
    return job;
  }
  Result<void> complete(const Job& job) override { return inner_.complete(job); }
  Result<void> retry(const Job& job, milliseconds delay) override {
    return inner_.retry(job, delay);
  }
  Result<void> extend(const Job& job, milliseconds visibility) override {
    return inner_.extend(job, visibility);
  }
  Result<void> dead_letter(const Job& job, std::string_view reason) override {
    return inner_.dead_letter(job, reason);
  }
  Result<QueueDepth> depth() override { return inner_.depth(); }

 private:
  bool is(GroupDefect defect) const { return defect_ == defect; }

  const GroupDefect defect_;
  MemoryJobQueue inner_;
};

TEST(Conformance, FindsEveryDefectOfAQueueWithGroups) {
  for (int i = 0; i <= static_cast<int>(GroupDefect::CountsEveryDelivery); ++i) {
    FakeClock clock;
    DefectiveGroups queue(static_cast<GroupDefect>(i), clock);
    const auto violations = check_job_groups(queue, [&](auto time) { clock.advance(time); });
    EXPECT_FALSE(violations.empty()) << "defect " << i;
  }
}

enum class SessionDefect {
  TakesAnyId,
  Overwrites,
  LosesTheMode,
  DropsExpiredCredentials,
  CountsHoles,
  LateEndWins,
  LateChunksCount,
  NeverReplaces,
  NoLimit,
  UnknownIsEmpty,
  EndsTheLiving,
  EndsNobody,
  EndsSecretly,
  PagesWithoutEnd,
  ListsTheEnded,
  YoungestFirst,
  EndedTooEarly,
  RecentWithoutSince,
  ForgetsRemovedInput,
  KeepsRecordsOfTheRemoved,
  KeepsExpiredCredentials,
  RemovesValidCredentials,
  CountsTheEnded,
  CountsAllAsOverdue,
  TellsNoSegment,
  TellsNoEnd,
  MissesSomeChanges,
  SkipsToTheNewest,
  IgnoresSignsOfLife,
  LosesItsCursorWhenStopped
};

class DefectiveSessionStore final : public SessionStore,
                                    public StreamRecords,
                                    public SessionMaintenance {
 public:
  explicit DefectiveSessionStore(SessionDefect defect) : defect_(defect) {}

  Result<void> create(const Session& session) override {
    Session kept = session;
    if (is(SessionDefect::TakesAnyId)) kept.id.resize(std::min<std::size_t>(kept.id.size(), 64));
    if (is(SessionDefect::LosesTheMode)) kept.mode = StereoMode::FullSbs;
    auto done = inner_.create(kept);
    const bool hidden = is(SessionDefect::TakesAnyId) || is(SessionDefect::Overwrites);
    return hidden ? Result<void>() : done;
  }
  Result<Session> find(std::string_view id) override {
    auto session = inner_.find(id);
    if (is(SessionDefect::LateChunksCount) && session && session->ended_at) {
      session->final_chunk_count = inner_.progress(id)->contiguous_chunks;
    }
    return session;
  }
  Result<Session> end(std::string_view id, WallTime at) override {
    auto session = inner_.end(id, at);
    if (is(SessionDefect::LateEndWins) && session) session->ended_at = at;
    return session;
  }
  Result<void> add_credentials(const ScopedCredentials& credentials) override {
    return inner_.add_credentials(credentials);
  }
  Result<ScopedCredentials> find_credentials(std::string_view key) override {
    auto found = inner_.find_credentials(key);
    if (is(SessionDefect::DropsExpiredCredentials) && found &&
        found->secret_access_key.back() == '1') {
      return Error{ErrorCode::NotFound, "expired"};
    }
    return found;
  }
  Result<std::vector<Session>> end_idle(WallTime idle_since, WallTime at,
                                        std::size_t limit) override {
    if (is(SessionDefect::EndsNobody)) return std::vector<Session>();
    if (is(SessionDefect::EndsTheLiving)) idle_since += std::chrono::hours(1);
    auto ended = inner_.end_idle(idle_since, at, limit);
    if (is(SessionDefect::EndsSecretly) && !ended->empty()) ended->pop_back();
    return ended;
  }
  Result<std::vector<Session>> list(const SessionQuery& wanted) override {
    SessionQuery query = wanted;
    const bool by_end = query.order == SessionOrder::ByEndTime;
    if (is(SessionDefect::PagesWithoutEnd)) query.limit *= 2;
    if (is(SessionDefect::EndedTooEarly) && by_end) query.ended_before += milliseconds(1);
    if (is(SessionDefect::ForgetsRemovedInput)) query.with_input = false;
    if (is(SessionDefect::RecentWithoutSince) && !by_end) query.ended_since = {};
    auto listed = inner_.list(query);
    if (is(SessionDefect::YoungestFirst) && by_end) std::reverse(listed->begin(), listed->end());
    if (is(SessionDefect::ListsTheEnded) && query.state == SessionState::Live) {
      const auto ended = inner_.list(
          {.state = SessionState::Ended, .after_id = query.after_id, .limit = query.limit});
      listed->insert(listed->end(), ended->begin(), ended->end());
      std::sort(listed->begin(), listed->end(), [](auto& a, auto& b) { return a.id < b.id; });
      listed->resize(std::min(listed->size(), query.limit));
    }
    return listed;
  }
  Result<void> mark_input_removed(std::string_view id) override {
    return inner_.mark_input_removed(id);
  }
  Result<void> remove(std::string_view id) override {
    if (is(SessionDefect::KeepsRecordsOfTheRemoved)) return {};
    return inner_.remove(id);
  }
  Result<SessionCounts> count(WallTime idle_since) override {
    auto counts = inner_.count(idle_since);
    if (is(SessionDefect::CountsTheEnded)) {
      counts->live += inner_.list({.state = SessionState::Ended, .limit = 1'000'000})->size();
    }
    if (is(SessionDefect::CountsAllAsOverdue)) counts->overdue = counts->live;
    return counts;
  }
  Result<std::size_t> remove_credentials(WallTime expired_before, std::size_t limit) override {
    if (is(SessionDefect::KeepsExpiredCredentials)) return std::size_t{0};
    if (is(SessionDefect::RemovesValidCredentials)) expired_before += std::chrono::hours(1);
    return inner_.remove_credentials(expired_before, limit);
  }
  Result<SessionChanges> changes(std::uint64_t cursor, std::chrono::milliseconds wait,
                                 std::stop_token stop) override {
    auto changes = inner_.changes(cursor, wait, stop);
    if (is(SessionDefect::LosesItsCursorWhenStopped) && stop.stop_requested()) changes->cursor = 0;
    auto& ids = changes->session_ids;
    if (is(SessionDefect::MissesSomeChanges) && ids.size() > 2) ids.pop_back();
    if (is(SessionDefect::SkipsToTheNewest) && ids.size() > 1) ids = {ids.back()};
    if (is(SessionDefect::TellsNoSegment) || is(SessionDefect::TellsNoEnd)) {
      std::erase_if(ids, [&](const std::string& id) { return is_untold(id); });
    }
    return changes;
  }
  Result<void> record_chunk(std::string_view id, std::uint64_t index, WallTime at) override {
    auto done =
        inner_.record_chunk(id, index, is(SessionDefect::IgnoresSignsOfLife) ? WallTime() : at);
    if (!done && is(SessionDefect::UnknownIsEmpty)) return {};
    return done;
  }
  Result<void> record_segment(std::string_view id, const SegmentRecord& record) override {
    if (is(SessionDefect::NeverReplaces)) {
      const auto there = inner_.segments(id, record.index, 1);
      if (there && !there->empty() && there->front().index == record.index) return {};
    }
    return inner_.record_segment(id, record);
  }
  Result<std::vector<SegmentRecord>> segments(std::string_view id, std::uint64_t first,
                                              std::size_t limit) override {
    return inner_.segments(id, first, is(SessionDefect::NoLimit) ? 1'000'000 : limit);
  }
  Result<SessionProgress> progress(std::string_view id) override {
    auto progress = inner_.progress(id);
    if (is(SessionDefect::CountsHoles) && progress && progress->contiguous_segments == 0) {
      progress->contiguous_segments = inner_.segments(id, 0, 1000)->size();
    }
    return progress;
  }

 private:
  bool is(SessionDefect defect) const { return defect_ == defect; }
  bool is_untold(const std::string& id) {
    const bool ended = inner_.find(id)->ended_at.has_value();
    const bool segments = inner_.progress(id)->contiguous_segments > 0;
    return is(SessionDefect::TellsNoEnd) ? ended : segments && !ended;
  }

  const SessionDefect defect_;
  MemorySessionStore inner_;
};

TEST(Conformance, FindsEveryDefectOfASessionStore) {
  for (int i = 0; i <= static_cast<int>(SessionDefect::LosesItsCursorWhenStopped); ++i) {
    DefectiveSessionStore store(static_cast<SessionDefect>(i));
    auto violations = check_session_store(store);
    for (const auto& more :
         {check_stream_records(store, store), check_session_maintenance(store, store, store)}) {
      violations.insert(violations.end(), more.begin(), more.end());
    }
    EXPECT_FALSE(violations.empty()) << "defect " << i;
  }
}

enum class LiveStreamDefect {
  TakesAnyId,
  IgnoresSessions,
  LosesTheStereoChoice,
  LosesTheStart,
  ReplacesAnother,
  FindsRevokedKeys,
  FindsTheEmptyKey,
  UpdateRestoresTheKey,
  MovesTheRevocation,
  UpdatesUnknown,
  ListsEveryState,
  ListsTheRecent,
  PagesFromTheStart,
  NoLimit,
  CountsRevoked,
  KeepsRemoved
};

class DefectiveLiveStreamStore final : public LiveStreamStore {
 public:
  DefectiveLiveStreamStore(LiveStreamDefect defect, MemorySessionStore& sessions)
      : defect_(defect), inner_(sessions), alone_(no_sessions_) {}

  Result<void> create(const LiveStream& stream) override {
    LiveStream kept = stream;
    if (is(LiveStreamDefect::TakesAnyId) && !kept.id.empty()) kept.id.resize(1);
    if (is(LiveStreamDefect::LosesTheStereoChoice) && kept.stereo) kept.stereo->choice = {};
    if (is(LiveStreamDefect::LosesTheStart)) kept.status.started_at.reset();
    if (is(LiveStreamDefect::ReplacesAnother)) (void)inner().remove(kept.id);
    keys_[kept.id] = kept.key_sha256;
    return inner().create(kept);
  }
  Result<LiveStream> find(std::string_view id) override { return inner().find(id); }
  Result<LiveStream> find_by_key_hash(std::string_view hash) override {
    for (const auto& [id, key] : keys_) {
      const bool finds = is(LiveStreamDefect::FindsRevokedKeys) ||
                         (is(LiveStreamDefect::FindsTheEmptyKey) && hash.empty());
      if (finds && key == hash && inner().find(id)) return inner().find(id);
    }
    return inner().find_by_key_hash(hash);
  }
  Result<void> update(std::string_view id, const LiveStreamStatus& status) override {
    auto done = inner().update(id, status);
    if (is(LiveStreamDefect::UpdatesUnknown)) return {};
    if (!done || !is(LiveStreamDefect::UpdateRestoresTheKey)) return done;
    LiveStream stream = *inner().find(id);
    stream.key_sha256 = keys_[stream.id];
    (void)inner().remove(id);
    return inner().create(stream);
  }
  Result<void> revoke(std::string_view id, WallTime at) override {
    const auto stream = inner().find(id);
    if (stream && stream->revoked_at && is(LiveStreamDefect::MovesTheRevocation)) {
      LiveStream moved = *stream;
      moved.revoked_at = at;
      (void)inner().remove(id);
      return inner().create(moved);
    }
    return inner().revoke(id, at);
  }
  Result<std::vector<LiveStream>> list(const LiveStreamQuery& query) override {
    LiveStreamQuery asked = query;
    if (is(LiveStreamDefect::ListsEveryState)) asked.state.reset();
    if (is(LiveStreamDefect::ListsTheRecent) && asked.ended_before) {
      *asked.ended_before += std::chrono::seconds(1);
    }
    if (is(LiveStreamDefect::PagesFromTheStart)) asked.after_id.clear();
    if (is(LiveStreamDefect::NoLimit)) asked.limit = 1'000'000;
    return inner().list(asked);
  }
  Result<LiveStreamCounts> count() override {
    auto counts = inner().count();
    if (counts && is(LiveStreamDefect::CountsRevoked)) counts->all = inner().list({})->size();
    return counts;
  }
  Result<void> remove(std::string_view id) override {
    if (is(LiveStreamDefect::KeepsRemoved)) return {};
    return inner().remove(id);
  }

 private:
  [[nodiscard]] bool is(LiveStreamDefect defect) const { return defect_ == defect; }
  MemoryLiveStreamStore& inner() { return is(LiveStreamDefect::IgnoresSessions) ? alone_ : inner_; }

  const LiveStreamDefect defect_;
  MemorySessionStore no_sessions_;
  MemoryLiveStreamStore inner_;
  MemoryLiveStreamStore alone_;
  std::map<std::string, std::string> keys_;
};

TEST(Conformance, FindsEveryDefectOfALiveStreamStore) {
  for (int i = 0; i <= static_cast<int>(LiveStreamDefect::KeepsRemoved); ++i) {
    MemorySessionStore sessions;
    DefectiveLiveStreamStore store(static_cast<LiveStreamDefect>(i), sessions);
    EXPECT_FALSE(check_live_stream_store(store, sessions).empty()) << "defect " << i;
  }
}

}  // namespace
}  // namespace streamkit::testing
