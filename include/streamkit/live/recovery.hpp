#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>

namespace streamkit::live {

struct STREAMKIT_API RecoveryOptions {
  /// The bucket named in events.
  std::string bucket;
  /// Sessions that ended longer ago are skipped.
  std::chrono::seconds ended_within{24 * 3600};
};

struct STREAMKIT_API ReconcileCounts {
  std::uint64_t sessions = 0;
  /// The number of chunks that were stored but neither recorded nor converted: they are now
  /// recorded and sent to the workers.
  std::uint64_t chunks = 0;
  /// The number of sessions whose chunks could not be checked.
  std::uint64_t failures = 0;
};

/// Recovers after a crash, at the start of a server: finds chunks that were stored but not
/// recorded, sends their events and records them. An acknowledged put does not need this: it is
/// stored, sent and recorded, in this order, before its response.
///
/// Makes one listing for each session that is live or ended recently, from its last recorded chunk.
/// From index 100,000 on keys no longer sort by index: there a session's next chunks are looked up
/// by name instead, up to 100 missing ones in a row. Finding a chunk twice is harmless, and so are
/// uploads meanwhile: a chunk whose upload is being recorded may get a second job.
///
/// A session whose objects cannot be listed is logged, counted and skipped.
/// Errors: those of listing sessions; Cancelled.
STREAMKIT_API Result<ReconcileCounts> reconcile(ObjectStore& objects, SessionMaintenance& sessions,
                                                StreamRecords& records, JobSender& jobs,
                                                const RecoveryOptions& config,
                                                const Context& context, std::stop_token stop);

}  // namespace streamkit::live
