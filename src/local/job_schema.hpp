#pragma once

#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>

#include "local/sqlite_connection.hpp"

namespace streamkit::local {

/// What becomes of a row of `jobs` next. The values are stored.
enum class JobState : std::int64_t {
  Ready = 0,      ///< may be delivered as far as its group allows it
  Delivered = 1,  ///< until `due_ms`, when its visibility ends
  Delayed = 2     ///< until `due_ms`, when it becomes ready again
};

/// Upgrades the jobs of schema version 4 to version 5: groups, turns and states. Call it in a
/// transaction.
Result<void> upgrade_jobs_to_5(SqliteConnection::Use& use);

/// Makes jobs ready whose time was set by another clock than this machine's steady clock since its
/// start: it never comes, or comes too late. Call it when the database is opened.
Result<void> release_jobs_of_another_clock(SqliteConnection::Use& use, Clock& clock);

/// Returns the steady clock's time as it is stored. The time of day may jump; this does not.
[[nodiscard]] std::int64_t job_clock_ms(const Clock& clock);

}  // namespace streamkit::local
