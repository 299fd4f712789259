#include <algorithm>
#include <charconv>
#include <streamkit/store/job_queue.hpp>

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

  Result<void> send(std::string_view body) override {
    {
      auto use = database_->writer->use();
      auto sent = use.statement("INSERT INTO jobs (body, due_ms) VALUES (?, ?)")
                      .bind_bytes(body)
                      .bind(now_ms())
                      .run();
      if (!sent) return sent.error().with_context("sending a job");
    }
    database_->job_sent.ring();
    return {};
  }

  Result<std::optional<Job>> receive(milliseconds visibility, milliseconds wait,
                                     std::stop_token stop) override {
    Clock& clock = database_->context.clock_or_system();
    const auto deadline = clock.steady_now() + std::clamp(wait, milliseconds(0), kLongestWait);
    while (!stop.stop_requested()) {
      const std::stop_token ring = database_->job_sent.next_ring();
      const auto due_in = time_to_next_job();
      if (!due_in) return due_in.error().with_context("receiving a job");
      if (*due_in <= milliseconds(0)) {
        auto job = take_due(visibility);
        if (!job) return job.error().with_context("receiving a job");
        if (*job) return job;
        continue;  // another receiver took it first: check what is left
      }
      const auto now = clock.steady_now();
      if (now >= deadline) break;
      database_->wait_until(std::min(deadline, now + std::min(*due_in, kPollInterval)), ring, stop);
    }
    return std::optional<Job>();
  }

  Result<void> complete(const Job& job) override {
    return change(job, "DELETE FROM jobs WHERE id = ? AND attempt = ?", {});
  }

  Result<void> retry(const Job& job, milliseconds delay) override {
    auto done = change(
        job, "UPDATE jobs SET due_ms = ?3, delivered = 0 WHERE id = ?1 AND attempt = ?2", delay);
    if (done) database_->job_sent.ring();
    return done;
  }

  Result<void> extend(const Job& job, milliseconds visibility) override {
    return change(job, "UPDATE jobs SET due_ms = ?3, delivered = 1 WHERE id = ?1 AND attempt = ?2",
                  visibility);
  }

  Result<void> dead_letter(const Job& job, std::string_view reason) override {
    const auto receipt = parse_receipt(job.receipt);
    if (!receipt) return lapsed();
    auto use = database_->writer->use();
    return in_transaction(use, [&]() -> Result<void> {
      auto copied = use.statement(
                           "INSERT INTO dead_jobs (id, body, attempt, reason, died_at_ms) "
                           "SELECT id, body, attempt, ?, ? FROM jobs WHERE id = ? AND attempt = ?")
                        .bind(reason)
                        .bind(now_ms())
                        .bind(receipt->id)
                        .bind(receipt->attempt)
                        .run();
      if (!copied) return copied;
      if (use.changes() == 0) return lapsed();
      return use.statement("DELETE FROM jobs WHERE id = ?").bind(receipt->id).run();
    });
  }

  Result<QueueDepth> depth() override {
    auto use = database_->reader->use();
    Statement counts = use.statement(
        "SELECT count(*), count(*) FILTER (WHERE delivered AND due_ms > ?), "
        "(SELECT count(*) FROM dead_jobs) FROM jobs");
    const auto row = counts.bind(now_ms()).next();
    if (!row) return row.error().with_context("counting jobs");
    const auto all = static_cast<std::uint64_t>(counts.integer(0));
    const auto in_flight = static_cast<std::uint64_t>(counts.integer(1));
    return QueueDepth{all - in_flight, in_flight, static_cast<std::uint64_t>(counts.integer(2))};
  }

 private:
  std::int64_t now_ms() const {
    return to_milliseconds(database_->context.clock_or_system().system_now());
  }

  std::int64_t ms_after(milliseconds delay) const {
    return now_ms() + std::clamp(delay, milliseconds(0), kLongestWait).count();
  }

  // Returns the time until the next job is due; 0 or less if one is due. It only reads, so that
  // polling an empty queue does not take the write lock.
  Result<milliseconds> time_to_next_job() {
    auto use = database_->reader->use();
    Statement first = use.statement("SELECT due_ms FROM jobs ORDER BY due_ms LIMIT 1");
    const auto row = first.next();
    if (!row) return row.error();
    return *row ? milliseconds(first.integer(0) - now_ms()) : milliseconds::max();
  }

  Result<std::optional<Job>> take_due(milliseconds visibility) {
    auto use = database_->writer->use();
    // Jobs are received in the order in which they were sent, so that a job that was returned to
    // the queue does not wait behind all others. The plus sign keeps SQLite from sorting all jobs
    // that are due.
    Statement taken = use.statement(
        "UPDATE jobs SET due_ms = ?2, attempt = attempt + 1, delivered = 1 "
        "WHERE id = (SELECT id FROM jobs WHERE +due_ms <= ?1 ORDER BY id LIMIT 1) "
        "RETURNING id, body, attempt");
    const auto row = taken.bind(now_ms()).bind(ms_after(visibility)).next();
    if (!row) return row.error();
    if (!*row) return std::optional<Job>();
    const Receipt receipt{taken.integer(0), taken.integer(2)};
    Job job{to_string(receipt), taken.text(1), static_cast<int>(receipt.attempt)};
    if (auto stored = taken.run(); !stored) return stored.error();
    return std::optional<Job>(std::move(job));
  }

  // `sql` takes the job's number, the attempt and, if there is one, the time at which the job is
  // due.
  Result<void> change(const Job& job, std::string_view sql, std::optional<milliseconds> due_in) {
    const auto receipt = parse_receipt(job.receipt);
    if (!receipt) return lapsed();
    auto use = database_->writer->use();
    Statement statement = use.statement(sql);
    statement.bind(receipt->id).bind(receipt->attempt);
    if (due_in) statement.bind(ms_after(*due_in));
    if (auto done = statement.run(); !done) return done.error().with_context("changing a job");
    return use.changes() == 0 ? Result<void>(lapsed()) : Result<void>();
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<JobQueue> make_job_queue(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteJobQueue>(std::move(database));
}

}  // namespace streamkit::local
