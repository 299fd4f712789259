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
  /// The bucket that events name.
  std::string bucket;
  /// Sessions that ended longer ago are left as they are.
  std::chrono::seconds ended_within{24 * 3600};
};

struct STREAMKIT_API ReconcileCounts {
  std::uint64_t sessions = 0;
  /// Stored beyond the recorded ones and not converted yet: recorded now, and sent to the workers.
  std::uint64_t chunks = 0;
  /// Sessions whose chunks could not be looked at.
  std::uint64_t failures = 0;
};

/// For the start of a server: finds what the last one stored but did not come to record before it
/// died, sends the chunk's event and records it. A put that was acknowledged needs none of this: it
/// is stored, sent and recorded, in this order, before its answer.
///
/// One listing for each session that is live or ended of late, from its last recorded chunk on.
/// From index 100,000 on keys no longer sort by index: there a session's next chunks are asked for
/// by name instead, up to 100 missing ones in a row. Finding a chunk twice does no harm.
///
/// A session whose objects cannot be listed is logged and counted, and the others go on.
/// Errors: those of listing sessions; Cancelled.
STREAMKIT_API Result<ReconcileCounts> reconcile(ObjectStore& objects, SessionMaintenance& sessions,
                                                StreamRecords& records, JobSender& jobs,
                                                const RecoveryOptions& config,
                                                const Context& context, std::stop_token stop);

}  // namespace streamkit::live
