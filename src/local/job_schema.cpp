#include "local/job_schema.hpp"

#include <fstream>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/job_queue.hpp>
#include <vector>

namespace streamkit::local {
namespace {

// `unsettled`: the last delivery ended without a verdict, and nobody has received the job since.
// `lost` counts such deliveries. `set_ms` is when `due_ms` was set. `receiver` is the number of the
// LifeLock of whoever holds the job.
constexpr char kColumns[] = R"(
ALTER TABLE jobs RENAME COLUMN delivered TO state;
ALTER TABLE jobs ADD COLUMN set_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN group_index INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN unsettled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN receiver INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_jobs ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
ALTER TABLE dead_jobs ADD COLUMN group_index INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET state = 0, due_ms = 0;
DROP INDEX jobs_by_due;
CREATE TABLE job_queue (boot_id TEXT NOT NULL, receivers INTEGER NOT NULL);
INSERT INTO job_queue VALUES ('', 0);
)";

// Each index holds the jobs of one state, so that no number of others makes a search longer.
// `job_groups` holds one row for each group with jobs. A group is ready if its first job that is
// not in flight is; `turn` orders the groups by when they were served. Jobs without a group are the
// group '', in which no job waits for another.
constexpr char kGroups[] = R"(
CREATE INDEX ready_jobs ON jobs (group_id, group_index, id) WHERE state = 0;
CREATE INDEX delivered_jobs ON jobs (group_id, receiver) WHERE state = 1;
CREATE INDEX delayed_jobs ON jobs (group_id, group_index) WHERE state = 2;
CREATE INDEX jobs_by_due ON jobs (due_ms) WHERE state <> 0;
CREATE TABLE job_groups (
  id TEXT PRIMARY KEY,
  turn INTEGER NOT NULL,
  in_flight INTEGER NOT NULL DEFAULT 0,
  ready INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX job_groups_by_turn ON job_groups (turn);
CREATE INDEX ready_groups ON job_groups (turn) WHERE ready = 1;
)";

// Brings the row of one group up to date; the group's id follows.
constexpr char kRefreshGroup[] = R"(
  UPDATE job_groups SET
    in_flight = (SELECT count(*) FROM jobs WHERE state = 1 AND group_id = job_groups.id),
    ready =
      EXISTS (SELECT 1 FROM jobs WHERE state = 0 AND group_id = job_groups.id)
      AND (id = '' OR NOT EXISTS (
        SELECT 1 FROM jobs WHERE state = 2 AND group_id = job_groups.id AND group_index <=
          (SELECT min(group_index) FROM jobs WHERE state = 0 AND group_id = job_groups.id)))
  WHERE id = )";

constexpr char kAddGroup[] = R"(
  INSERT INTO job_groups (id, turn)
    VALUES (NEW.group_id, coalesce((SELECT max(turn) FROM job_groups), 0) + 1)
    ON CONFLICT (id) DO NOTHING;)";

// A group whose job was lost had nothing of its turn: it gets the next one.
constexpr char kReturnTurn[] = R"(
  UPDATE job_groups SET turn = (SELECT min(turn) FROM job_groups) - 1
    WHERE NEW.unsettled AND id = NEW.group_id AND id <> '';)";

constexpr char kRemoveEmptyGroup[] = R"(
  DELETE FROM job_groups WHERE id = OLD.group_id AND in_flight = 0 AND NOT ready
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 2 AND group_id = OLD.group_id);)";

// Triggers, so that every change of a job, also by a server of an earlier version, reaches its
// group.
std::string triggers() {
  const auto refresh = [](const char* row) {
    return std::string(kRefreshGroup) + row + ".group_id;";
  };
  return "CREATE TRIGGER job_added AFTER INSERT ON jobs BEGIN" + std::string(kAddGroup) +
         refresh("NEW") + "\nEND;\nCREATE TRIGGER job_changed AFTER UPDATE OF state ON jobs BEGIN" +
         kReturnTurn + refresh("NEW") +
         "\nEND;\nCREATE TRIGGER job_removed AFTER DELETE ON jobs BEGIN" + refresh("OLD") +
         kRemoveEmptyGroup + "\nEND;\n";
}

// Fills `job_groups` from the jobs that there are, as if each was added now.
std::string fill_groups() {
  return "INSERT INTO job_groups (id, turn) SELECT group_id, min(id) FROM jobs GROUP BY group_id;" +
         std::string(kRefreshGroup) + "id;\nPRAGMA user_version = 5;";
}

// Returns the group of a job of an earlier version, which only its body names: the first chunk in
// an S3 event. A body in which none is found belongs to no group, as an object that is not a chunk.
JobGroup group_of(std::string_view body) {
  const std::size_t begin = body.find("stream_input/");
  if (begin == std::string_view::npos) return {};
  const std::string_view key = body.substr(begin, body.find('"', begin) - begin);
  const auto parsed = parse_chunk_key(key);
  const auto* chunk = parsed ? std::get_if<StreamInputKey>(&*parsed) : nullptr;
  return chunk == nullptr ? JobGroup{} : JobGroup{chunk->session_id, chunk->index};
}

// `table` is jobs or dead_jobs.
Result<void> find_groups(SqliteConnection::Use& use, const std::string& table) {
  std::int64_t last = 0;
  for (;;) {
    JobGroup group;
    {
      Statement next =
          use.statement("SELECT id, body FROM " + table + " WHERE id > ? ORDER BY id LIMIT 1");
      const auto row = next.bind(last).next();
      if (!row) return row.error();
      if (!*row) return {};
      last = next.integer(0);
      group = group_of(next.text(1));
    }
    if (group.id.empty()) continue;
    auto stored =
        use.statement("UPDATE " + table + " SET group_id = ?, group_index = ? WHERE id = ?")
            .bind(std::string_view(group.id))
            .bind(static_cast<std::int64_t>(group.index))
            .bind(last)
            .run();
    if (!stored) return stored;
  }
}

// Returns what identifies the time since this machine started; empty where it is not known.
// Source: proc_sys_kernel(5), "random/boot_id".
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

Result<bool> is_another_clock(SqliteConnection::Use& use, const std::string& boot,
                              std::int64_t now) {
  Statement query = use.statement(
      "SELECT (SELECT boot_id FROM job_queue) <> ?1 "
      "OR EXISTS (SELECT 1 FROM jobs WHERE state <> 0 AND set_ms > ?2)");
  const auto row = query.bind(std::string_view(boot)).bind(now).next();
  if (!row) return row.error();
  return *row && query.integer(0) != 0;
}

}  // namespace

Result<void> upgrade_jobs_to_5(SqliteConnection::Use& use) {
  if (auto done = use.run_script(kColumns); !done) return done;
  for (const char* table : {"jobs", "dead_jobs"}) {
    if (auto done = find_groups(use, table); !done) return done;
  }
  return use.run_script(kGroups + triggers() + fill_groups());
}

Result<void> release_jobs_of_another_clock(SqliteConnection::Use& use, Clock& clock) {
  const std::string boot = boot_id();
  const std::int64_t now = job_clock_ms(clock);
  const auto is_other = is_another_clock(use, boot, now);
  if (!is_other) return is_other.error();
  if (!*is_other) return {};
  return in_transaction(use, [&]() -> Result<void> {
    auto released = use.statement(
                           "UPDATE jobs SET unsettled = (state = 1), state = 0 WHERE state <> 0 "
                           "AND (set_ms > ?1 OR (SELECT boot_id FROM job_queue) <> ?2)")
                        .bind(now)
                        .bind(std::string_view(boot))
                        .run();
    if (!released) return released;
    return use.statement("UPDATE job_queue SET boot_id = ?").bind(std::string_view(boot)).run();
  });
}

std::int64_t job_clock_ms(const Clock& clock) {
  return std::chrono::floor<std::chrono::milliseconds>(clock.steady_now().time_since_epoch())
      .count();
}

}  // namespace streamkit::local
