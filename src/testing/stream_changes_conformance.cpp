#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "testing/session_steps.hpp"
#include "testing/stream_changes_conformance.hpp"

namespace streamkit::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNoWait{0};
constexpr milliseconds kForever = std::chrono::hours(1);

class StreamChangesCheck : StreamSteps {
 public:
  StreamChangesCheck(StreamRecords& records, SessionStore& sessions, Findings& found)
      : StreamSteps(sessions, records, found) {}

  void run() {
    changes_are_told();
    many_changes_are_told_in_parts();
    waits_end_by_change_time_and_stop();
    no_change_is_missed_beside_writers();
  }

 private:
  // All that changed since, in calls that give up at once.
  std::set<std::string> drain(std::uint64_t& cursor) {
    std::set<std::string> all;
    for (int call = 0; call < 10'000; ++call) {
      const auto changes = records_.changes(cursor, kNoWait, {});
      if (!found_.expect_success(changes, "changes") || changes->session_ids.empty()) return all;
      found_.expect(changes->cursor != cursor,
                    "changes reports sessions without moving its cursor");
      const std::set<std::string> some(changes->session_ids.begin(), changes->session_ids.end());
      found_.expect(some.size() == changes->session_ids.size(),
                    "one call of changes reports a session twice");
      all.insert(some.begin(), some.end());
      cursor = changes->cursor;
    }
    found_.expect(false, "changes never comes to an end");
    return all;
  }

  void changes_are_told() {
    const WallTime at = long_ago();
    std::uint64_t cursor = 0;
    (void)drain(cursor);
    const std::string id = create(at);
    const std::string quiet = create(at);
    found_.expect(drain(cursor).contains(quiet), "changes does not report a new session");
    const auto expect_told = [&](const std::string& what) {
      const auto told = drain(cursor);
      found_.expect(told.contains(id), "changes does not report " + what);
      found_.expect(!told.contains(quiet), "changes reports a session without changes");
      found_.expect(drain(cursor).empty(), "changes reports " + what + " twice to one reader");
    };
    record(id, 0, at);
    expect_told("a chunk");
    record(id, 2, at);
    expect_told("a chunk behind a hole");
    found_.expect_success(records_.record_segment(id, {.index = 0}), "record_segment");
    expect_told("a segment");
    end(id, at);
    expect_told("an end");
    std::uint64_t from_start = 0;
    const auto all = drain(from_start);
    found_.expect(all.contains(id) && all.contains(quiet),
                  "changes from the beginning leaves a session out");
    end(quiet, at);
  }

  void many_changes_are_told_in_parts() {
    std::uint64_t cursor = 0;
    (void)drain(cursor);
    std::set<std::string> created;
    for (int i = 0; i < 20; ++i) created.insert(create(long_ago()));
    found_.expect(drain(cursor) == created, "changes loses some of many");
    for (const std::string& id : created) end(id, long_ago());
  }

  void waits_end_by_change_time_and_stop() {
    std::uint64_t cursor = 0;
    const std::string id = create(long_ago());
    (void)drain(cursor);
    Result<SessionChanges> changes = SessionChanges{};
    std::jthread by_stop(
        [&](std::stop_token stop) { changes = records_.changes(cursor, kForever, stop); });
    by_stop.request_stop();
    by_stop.join();
    found_.expect(changes && changes->session_ids.empty() && changes->cursor == cursor,
                  "a waiting changes() that is stopped does not end empty");
    for (const milliseconds wait : {kNoWait, milliseconds(-1)}) {
      const auto none = records_.changes(cursor, wait, {});
      found_.expect(none && none->session_ids.empty(),
                    "changes reports a session that did not change");
    }
    std::jthread by_change([&] { changes = records_.changes(cursor, milliseconds::max(), {}); });
    record(id, 0, {});
    by_change.join();
    found_.expect(changes && changes->session_ids == std::vector{id},
                  "a waiting changes() does not report a change that happens meanwhile");
    end(id, long_ago());
  }

  // Whoever reads a session when told of it must have seen its last state in the end.
  void no_change_is_missed_beside_writers() {
    constexpr int kWriters = 3;
    constexpr std::uint64_t kChunks = 30;
    std::uint64_t cursor = 0;
    (void)drain(cursor);
    std::vector<std::string> ids;
    for (int i = 0; i < kWriters * 2; ++i) ids.push_back(create(long_ago()));
    std::atomic<bool> done = false;
    std::map<std::string, std::uint64_t> seen;
    std::jthread reader([&] {
      for (bool last = false;;) {
        const auto changes = records_.changes(cursor, milliseconds(20), {});
        if (!found_.expect_success(changes, "changes beside writers")) return;
        cursor = changes->cursor;
        for (const std::string& id : changes->session_ids) {
          if (const auto progress = records_.progress(id)) seen[id] = progress->contiguous_chunks;
        }
        if (last && changes->session_ids.empty()) return;
        last = done;
      }
    });
    run_on_threads(kWriters, [&](int writer) {
      for (std::uint64_t index = 0; index < kChunks; ++index) {
        for (int own : {writer * 2, writer * 2 + 1}) {
          record(ids[static_cast<std::size_t>(own)], index, {});
        }
      }
    });
    done = true;
    reader.join();
    for (const std::string& id : ids) {
      found_.expect(seen[id] == kChunks, "changes misses a change by one of several writers");
      end(id, long_ago());
    }
  }
};

}  // namespace

void check_stream_changes(StreamRecords& records, SessionStore& sessions, Findings& found) {
  StreamChangesCheck(records, sessions, found).run();
}

}  // namespace streamkit::testing
