#include <algorithm>
#include <charconv>
#include <limits>
#include <streamkit/store/job_queue.hpp>

#include "local/job_schema.hpp"
#include "local/session_rows.hpp"
#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

using std::chrono::milliseconds;

Error lapsed() { return {ErrorCode::NotFound, "the job's receipt has lapsed"}; }

// A receipt consists of the job's number and the attempt, a pair that no two deliveries share.
struct Receipt {
  std::int64_t id = 0;
  std::int64_t attempt = 0;
};

std::string to_string(const Receipt& receipt) {
  return std::to_string(receipt.id) + "." + std::to_string(receipt.attempt);
}

std::optional<Receipt> parse_receipt(std::string_view text) {
  Receipt receipt;
  const char* end = text.data() + text.size();
  const auto id = std::from_chars(text.data(), end, receipt.id);
  if (id.ec != std::errc{} || id.ptr == end || *id.ptr != '.') return {};
  const auto attempt = std::from_chars(id.ptr + 1, end, receipt.attempt);
  if (attempt.ec != std::errc{} || attempt.ptr != end) return {};
  return receipt;
}

class SqliteJobQueue final : public JobQueue {
 public:
  explicit SqliteJobQueue(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<void> send(std::string_view body) override { return send_in_group(body, {}); }

  Result<void> send_in_group(std::string_view body, const JobGroup& group) override {
    {
      auto use = database_->writer->use();
      auto sent = use.statement(
                         "INSERT INTO jobs (body, due_ms, group_id, group_index) "
                         "VALUES (?, 0, ?, ?)")
                      .bind_bytes(body)
                      .bind(std::string_view(group.id))
                      .bind(group.id.empty() ? 0 : to_integer(group.index))
                      .run();
      if (!sent) return sent.error().with_context("sending a job");
    }
    database_->job_sent.ring();
    return {};
  }

  Result<std::optional<Job>> receive(milliseconds visibility, milliseconds wait,
                                     std::stop_token stop) override {
    return receive_with({visibility, wait, 0}, std::move(stop));
  }

  Result<std::optional<Job>> receive_with(const ReceiveOptions& options,
                                          std::stop_token stop) override {
    Clock& clock = database_->context.clock_or_system();
    const auto deadline =
        clock.steady_now() + std::clamp(options.wait, milliseconds(0), kLongestWait);
    while (!stop.stop_requested()) {
      const std::stop_token ring = database_->job_sent.next_ring();
      if (auto done = receivers_.release_lost_jobs(); !done) {
        return done.error().with_context("receiving a job");
      }
      const auto due_in = time_to_next_job(options);
      if (!due_in) return due_in.error().with_context("receiving a job");
      if (*due_in <= milliseconds(0)) {
        auto job = take_due(options);
        if (!job) return job.error().with_context("receiving a job");
        if (*job) return job;
        continue;  // another receiver took it first, or its group waits: check what is left
      }
      const auto now = clock.steady_now();
      if (now >= deadline) break;
      database_->wait_until(std::min(deadline, now + std::min(*due_in, kPollInterval)), ring, stop);
    }
    return std::optional<Job>();
  }

  Result<void> complete(const Job& job) override {
    const auto receipt = parse_receipt(job.receipt);
    if (!receipt) return lapsed();
    auto done = [&] {
      auto use = database_->writer->use();
      return in_transaction(use, [&] { return remove(use, *receipt); });
    }();
    if (!done) return done.error().with_context("completing a job");
    // The next job of the group may be received now.
    database_->job_sent.ring();
    return {};
  }

  Result<void> retry(const Job& job, milliseconds delay) override {
    auto done = change(job,
                       "UPDATE jobs SET due_ms = ?3, set_ms = ?4, unsettled = 0, "
                       "state = CASE WHEN ?3 > ?4 THEN 2 ELSE 0 END WHERE id = ?1 AND attempt = ?2",
                       delay);
    if (done) database_->job_sent.ring();
    return done;
  }

  // A job that was retried is nobody's: a late sign of life must not hide it.
  Result<void> extend(const Job& job, milliseconds visibility) override {
    return change(job,
                  "UPDATE jobs SET due_ms = ?3, set_ms = ?4, unsettled = 0, state = 1 "
                  "WHERE id = ?1 AND attempt = ?2 AND (state = 1 OR unsettled)",
                  visibility);
  }

  Result<void> dead_letter(const Job& job, std::string_view reason) override {
    const auto receipt = parse_receipt(job.receipt);
    if (!receipt) return lapsed();
    auto done = [&] {
      auto use = database_->writer->use();
      return in_transaction(use, [&]() -> Result<void> {
        auto copied = use.statement(
                             "INSERT INTO dead_jobs "
                             "(id, body, attempt, reason, died_at_ms, group_id, group_index) "
                             "SELECT id, body, attempt, ?, ?, group_id, group_index FROM jobs "
                             "WHERE id = ? AND attempt = ?")
                          .bind(reason)
                          .bind(to_milliseconds(database_->context.clock_or_system().system_now()))
                          .bind(receipt->id)
                          .bind(receipt->attempt)
                          .run();
        if (!copied) return copied;
        return remove(use, *receipt);
      });
    }();
    if (!done) return done.error().with_context("dead-lettering a job");
    database_->job_sent.ring();
    return {};
  }

  Result<QueueDepth> depth() override {
    auto use = database_->reader->use();
    Statement counts = use.statement(
        "SELECT (SELECT count(*) FROM jobs), "
        "(SELECT count(*) FROM jobs WHERE state = 1 AND due_ms > ?), "
        "(SELECT count(*) FROM dead_jobs)");
    const auto row = counts.bind(now_ms()).next();
    if (!row) return row.error().with_context("counting jobs");
    const auto all = static_cast<std::uint64_t>(counts.integer(0));
    const auto in_flight = static_cast<std::uint64_t>(counts.integer(1));
    return QueueDepth{all - in_flight, in_flight, static_cast<std::uint64_t>(counts.integer(2))};
  }

  Result<void> check() override {
    auto use = database_->reader->use();
    Statement first = use.statement("SELECT EXISTS (SELECT 1 FROM jobs)");
    const auto row = first.next();
    return row ? Result<void>() : row.error().with_context("checking the queue");
  }

 private:
  std::int64_t now_ms() const { return job_clock_ms(database_->context.clock_or_system()); }

  static std::int64_t ms_after(std::int64_t now, milliseconds delay) {
    return now + std::clamp(delay, milliseconds(0), kLongestWait).count();
  }

  static std::int64_t limit_of(const ReceiveOptions& options) {
    return options.per_group > 0 ? options.per_group : std::numeric_limits<std::int64_t>::max();
  }

  // Returns the time until the next job may be received; 0 or less if it may be now. It only reads,
  // so that polling a queue in which nothing can be done does not take the write lock.
  Result<milliseconds> time_to_next_job(const ReceiveOptions& options) {
    auto use = database_->reader->use();
    Statement next = use.statement(
        "SELECT EXISTS (SELECT 1 FROM job_groups WHERE ready = 1 AND (id = '' OR in_flight < ?)), "
        "(SELECT min(due_ms) FROM jobs WHERE state <> 0)");
    const auto row = next.bind(limit_of(options)).next();
    if (!row) return row.error();
    if (next.integer(0) != 0) return milliseconds(0);
    const auto due = next.optional_integer(1);
    return due ? milliseconds(*due - now_ms()) : milliseconds::max();
  }

  Result<std::optional<Job>> take_due(const ReceiveOptions& options) {
    std::optional<Job> job;
    auto use = database_->writer->use();
    auto done = in_transaction(use, [&]() -> Result<void> {
      const std::int64_t now = now_ms();
      auto ready = use.statement(
                          "UPDATE jobs SET unsettled = (state = 1), state = 0 "
                          "WHERE state <> 0 AND due_ms <= ?")
                       .bind(now)
                       .run();
      if (!ready) return ready;
      auto group = next_group(use, options);
      if (!group) return group.error();
      if (!*group) return {};
      return take_first(use, **group, ms_after(now, options.visibility), now, job);
    });
    if (!done) return done.error();
    return job;
  }

  static Result<std::optional<std::string>> next_group(SqliteConnection::Use& use,
                                                       const ReceiveOptions& options) {
    Statement first = use.statement(
        "SELECT id FROM job_groups WHERE ready = 1 AND (id = '' OR in_flight < ?) "
        "ORDER BY turn LIMIT 1");
    const auto row = first.bind(limit_of(options)).next();
    if (!row) return row.error();
    if (!*row) return std::optional<std::string>();
    return std::optional(first.text(0));
  }

  Result<void> take_first(SqliteConnection::Use& use, const std::string& group, std::int64_t due,
                          std::int64_t now, std::optional<Job>& job) {
    Statement taken = use.statement(
        "UPDATE jobs SET state = 1, due_ms = ?1, set_ms = ?2, attempt = attempt + 1, "
        "lost = lost + unsettled, unsettled = 0, receiver = ?3 "
        "WHERE id = (SELECT id FROM jobs WHERE state = 0 AND group_id = ?4 "
        "ORDER BY group_index, id LIMIT 1) RETURNING id, body, attempt, lost");
    const auto row =
        taken.bind(due).bind(now).bind(receivers_.own()).bind(std::string_view(group)).next();
    if (!row) return row.error();
    if (!*row) return {};
    const Receipt receipt{taken.integer(0), taken.integer(2)};
    job = Job{to_string(receipt), taken.text(1), static_cast<int>(receipt.attempt),
              static_cast<int>(taken.integer(3))};
    if (auto stored = taken.run(); !stored) return stored;
    return use
        .statement(
            "UPDATE job_groups SET turn = (SELECT max(turn) FROM job_groups) + 1 "
            "WHERE id = ?")
        .bind(std::string_view(group))
        .run();
  }

  // Removes a job that has its verdict. A job that follows on it and waits need not wait any more.
  static Result<void> remove(SqliteConnection::Use& use, const Receipt& receipt) {
    std::string group;
    std::int64_t index = 0;
    {
      Statement removed = use.statement(
          "DELETE FROM jobs WHERE id = ? AND attempt = ? RETURNING group_id, group_index");
      const auto row = removed.bind(receipt.id).bind(receipt.attempt).next();
      if (!row) return row.error();
      if (!*row) return lapsed();
      group = removed.text(0);
      index = removed.integer(1);
      if (auto stored = removed.run(); !stored) return stored;
    }
    if (group.empty()) return {};
    return use
        .statement("UPDATE jobs SET state = 0 WHERE state = 2 AND group_id = ? AND group_index = ?")
        .bind(std::string_view(group))
        .bind(index + 1)
        .run();
  }

  // `sql` takes the job's number, the attempt, the time at which the job is due, and the current
  // time.
  Result<void> change(const Job& job, std::string_view sql, milliseconds due_in) {
    const auto receipt = parse_receipt(job.receipt);
    if (!receipt) return lapsed();
    auto use = database_->writer->use();
    const std::int64_t now = now_ms();
    auto done = use.statement(sql)
                    .bind(receipt->id)
                    .bind(receipt->attempt)
                    .bind(ms_after(now, due_in))
                    .bind(now)
                    .run();
    if (!done) return done.error().with_context("changing a job");
    return use.changes() == 0 ? Result<void>(lapsed()) : Result<void>();
  }

  const std::shared_ptr<SqliteDatabase> database_;
  JobReceivers& receivers_ = database_->receivers;
};

}  // namespace

std::unique_ptr<JobQueue> make_job_queue(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteJobQueue>(std::move(database));
}

}  // namespace streamkit::local
