#include <algorithm>
#include <charconv>
#include <optional>
#include <streamkit/store/dead_letters.hpp>

#include "local/sqlite_database.hpp"

namespace streamkit::local {
namespace {

Error no_dead_job(std::string_view id) {
  return {ErrorCode::NotFound, "no dead letter '" + std::string(id) + "'"};
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  return number;
}

class SqliteDeadLetters final : public DeadLetters {
 public:
  explicit SqliteDeadLetters(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<std::vector<DeadJob>> list(std::string_view after, std::size_t limit) override {
    const auto number = after.empty() ? std::optional<std::int64_t>(0) : parse_number(after);
    if (!number) {
      return Error{ErrorCode::InvalidArgument,
                   "'" + std::string(after) + "' is not the id of a dead letter"};
    }
    constexpr std::size_t kMost = 1'000'000'000;
    auto use = database_->reader->use();
    Statement rows = use.statement(
        "SELECT id, body, reason, attempt FROM dead_jobs WHERE id > ? ORDER BY id LIMIT ?");
    rows.bind(*number).bind(static_cast<std::int64_t>(std::min(limit, kMost)));
    std::vector<DeadJob> jobs;
    for (;;) {
      const auto found = rows.next();
      if (!found) return found.error().with_context("reading dead letters");
      if (!*found) return jobs;
      jobs.push_back({std::to_string(rows.integer(0)), rows.text(1), rows.text(2),
                      static_cast<int>(rows.integer(3))});
    }
  }

  Result<void> revive(std::string_view id) override {
    const auto number = parse_number(id);
    if (!number) return no_dead_job(id);
    {
      auto use = database_->writer->use();
      auto done = in_transaction(use, [&]() -> Result<void> {
        // The job gets a new number, so that receipts of its earlier deliveries are not valid for
        // it.
        auto copied = use.statement(
                             "INSERT INTO jobs (body, due_ms, group_id, group_index) "
                             "SELECT body, 0, group_id, group_index FROM dead_jobs WHERE id = ?")
                          .bind(*number)
                          .run();
        if (!copied) return copied;
        if (use.changes() == 0) return no_dead_job(id);
        return remove_dead(use, *number);
      });
      if (!done) return done.error().with_context("reviving a job");
    }
    database_->job_sent.ring();
    return {};
  }

  Result<void> purge(std::string_view id) override {
    const auto number = parse_number(id);
    if (!number) return no_dead_job(id);
    auto use = database_->writer->use();
    if (auto done = remove_dead(use, *number); !done) return done;
    return use.changes() == 0 ? Result<void>(no_dead_job(id)) : Result<void>();
  }

 private:
  static Result<void> remove_dead(SqliteConnection::Use& use, std::int64_t id) {
    return use.statement("DELETE FROM dead_jobs WHERE id = ?").bind(id).run();
  }

  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<DeadLetters> make_dead_letters(std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteDeadLetters>(std::move(database));
}

}  // namespace streamkit::local
