#include <streamkit/live/recovery.hpp>

#include <algorithm>
#include <streamkit/live/chunk_ingest.hpp>
#include <streamkit/store/chunk_key.hpp>

namespace streamkit::live {
namespace {

constexpr std::size_t kSessionsPerPage = 500;
constexpr std::size_t kKeysPerPage = 1000;
// The first index whose key has six digits. Such keys sort among smaller ones.
constexpr std::uint64_t kFirstWideIndex = 100'000;
// The number of consecutive missing chunks after which no more are expected. A sender stores chunks
// in the order of their indices.
constexpr std::uint64_t kLookAhead = 100;

class Reconciliation {
 public:
  Reconciliation(ObjectStore& objects, SessionMaintenance& sessions, StreamRecords& records,
                 JobSender& jobs, const RecoveryOptions& config, const Context& context,
                 std::stop_token stop)
      : objects_(objects),
        sessions_(sessions),
        records_(records),
        ingest_(objects, records, jobs, config.bucket, context),
        config_(config),
        context_(context),
        stop_(std::move(stop)) {}

  Result<ReconcileCounts> run() && {
    if (auto live = look_at_all({.state = SessionState::Live}); !live) return live.error();
    const WallTime since = context_.clock_or_system().system_now() - config_.ended_within;
    auto ended = look_at_all({.state = SessionState::Ended, .ended_since = since});
    if (!ended) return ended.error();
    return counts_;
  }

 private:
  Result<void> look_at_all(SessionQuery query) {
    query.limit = kSessionsPerPage;
    for (;;) {
      const auto page = sessions_.list(query);
      if (!page) return page.error();
      for (const Session& session : *page) {
        if (stop_.stop_requested()) return Error{ErrorCode::Cancelled, "reconciling"};
        look_at(session.id);
      }
      if (page->size() < kSessionsPerPage) return {};
      query.after_id = page->back().id;
    }
  }

  void look_at(const std::string& id) {
    ++counts_.sessions;
    const auto progress = records_.progress(id);
    auto done = progress ? Result<void>() : progress.error();
    if (done) done = take_listed(id, progress->contiguous_chunks);
    if (done) done = take_wide(id, progress->contiguous_chunks);
    if (done) return;
    ++counts_.failures;
    context_.log(LogLevel::Error, "cannot search for chunks that were not recorded",
                 {{"session_id", id}, {"error", to_string(done.error())}});
  }

  // Commits the chunks whose keys follow that of the last recorded chunk. As long as all keys have
  // five digits, these are the chunks with higher indices.
  Result<void> take_listed(const std::string& id, std::uint64_t recorded) {
    if (recorded >= kFirstWideIndex) return {};
    const std::string prefix = input_prefix(id);
    std::string after = recorded == 0 ? "" : to_string(StreamInputKey{id, recorded - 1});
    for (;;) {
      const auto found = objects_.list(prefix, after, kKeysPerPage, stop_);
      if (!found) return found.error();
      for (const ObjectInfo& object : *found) {
        const auto key = parse_chunk_key(object.key);
        const auto* chunk = key ? std::get_if<StreamInputKey>(&*key) : nullptr;
        if (chunk == nullptr) continue;
        if (auto taken = take(*chunk, object); !taken) return taken;
      }
      if (found->size() < kKeysPerPage) return {};
      after = found->back().key;
    }
  }

  Result<void> take_wide(const std::string& id, std::uint64_t recorded) {
    std::uint64_t end = recorded + kLookAhead;
    for (auto index = std::max(recorded, kFirstWideIndex); index < end; ++index) {
      const StreamInputKey key{id, index};
      const auto object = objects_.head(to_string(key), stop_);
      if (!object && object.error().code == ErrorCode::NotFound) continue;
      if (!object) return object.error();
      if (auto taken = take(key, *object); !taken) return taken;
      end = index + 1 + kLookAhead;
    }
    return {};
  }

  // A chunk is recorded last: if that does not happen, the next start finds the chunk again. A
  // chunk after a hole may have been recorded before; recording and sending it again does no harm.
  Result<void> take(const StreamInputKey& key, const ObjectInfo& object) {
    const auto segment = records_.segments(key.session_id, key.index, 1);
    if (!segment) return segment.error();
    const bool converted = !segment->empty() && segment->front().index == key.index;
    if (converted) return records_.record_chunk(key.session_id, key.index, object.modified);
    // Recorded since the listing, by the sender's upload of it.
    const auto progress = records_.progress(key.session_id);
    if (!progress) return progress.error();
    if (key.index < progress->contiguous_chunks) return {};
    if (auto committed = ingest_.commit(object); !committed) return committed;
    ++counts_.chunks;
    context_.log(LogLevel::Warning, "chunk was stored without a record, it is sent to the workers",
                 {{"session_id", key.session_id}, {"index", std::to_string(key.index)}});
    return {};
  }

  ObjectStore& objects_;
  SessionMaintenance& sessions_;
  StreamRecords& records_;
  ChunkIngest ingest_;
  const RecoveryOptions& config_;
  const Context& context_;
  const std::stop_token stop_;
  ReconcileCounts counts_;
};

}  // namespace

Result<ReconcileCounts> reconcile(ObjectStore& objects, SessionMaintenance& sessions,
                                  StreamRecords& records, JobSender& jobs,
                                  const RecoveryOptions& config, const Context& context,
                                  std::stop_token stop) {
  auto counts =
      Reconciliation(objects, sessions, records, jobs, config, context, std::move(stop)).run();
  if (!counts) return counts.error().with_context("searching for chunks that were not recorded");
  if (counts->sessions > 0) {
    context.log(LogLevel::Info, "sessions recovered",
                {{"sessions", std::to_string(counts->sessions)},
                 {"chunks_sent", std::to_string(counts->chunks)},
                 {"failures", std::to_string(counts->failures)}});
  }
  return counts;
}

}  // namespace streamkit::live
