#pragma once

#include <chrono>
#include <functional>
#include <streamkit/core/api.hpp>
#include <streamkit/store/dead_letters.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/live_stream_store.hpp>
#include <streamkit/store/object_store.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <vector>

namespace streamkit::testing {

/// The ways in which a store violates the contract of its port, one sentence each; empty if it
/// conforms. Usable with any test framework.
using Violations = std::vector<std::string>;

/// Lets time pass for the store under test: advances the fake clock that the store was given, or
/// sleeps.
using PassTime = std::function<void(std::chrono::milliseconds)>;

/// Checks an object store. Works below the prefix "conformance/", where nothing may be stored, and
/// removes what it put.
STREAMKIT_API [[nodiscard]] Violations check_object_store(ObjectStore& store);

/// Checks a job queue. `queue` must be empty and not used by anybody else. Its time must pass by
/// `pass_time` or by itself, not by waiting (FakeWait::AutoAdvances). Leaves it without live jobs,
/// with one dead one. `visibility` is the time scale of the checks, which let about 15 times as
/// much pass: choose it long against the latency of the queue, short where time is real.
STREAMKIT_API [[nodiscard]] Violations check_job_queue(
    JobQueue& queue, const PassTime& pass_time,
    std::chrono::milliseconds visibility = std::chrono::seconds(2));

/// Checks a queue that keeps groups apart and counts lost deliveries, besides check_job_queue() and
/// with the same preconditions. Leaves the queue empty.
STREAMKIT_API [[nodiscard]] Violations check_job_groups(
    JobQueue& queue, const PassTime& pass_time,
    std::chrono::milliseconds visibility = std::chrono::seconds(2));

/// Checks dead letters. `queue` must be empty and not used by anybody else, and `dead_letters` must
/// be its dead letters. Removes the dead letters that it adds.
STREAMKIT_API [[nodiscard]] Violations check_dead_letters(DeadLetters& dead_letters,
                                                          JobQueue& queue);

// Checks the ports of one store. The checks create sessions and live streams under random ids and
// leave them there.
STREAMKIT_API [[nodiscard]] Violations check_session_store(SessionStore& sessions);
STREAMKIT_API [[nodiscard]] Violations check_stream_records(StreamRecords& records,
                                                            SessionStore& sessions);
STREAMKIT_API [[nodiscard]] Violations check_session_maintenance(SessionMaintenance& maintenance,
                                                                 SessionStore& sessions,
                                                                 StreamRecords& records);
/// `sessions` is the store whose ids live streams may not use.
STREAMKIT_API [[nodiscard]] Violations check_live_stream_store(LiveStreamStore& streams,
                                                               SessionStore& sessions);

}  // namespace streamkit::testing
