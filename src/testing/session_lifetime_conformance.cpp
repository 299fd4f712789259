#include "testing/session_lifetime_conformance.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace streamkit::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr milliseconds kNoWait{0};
constexpr milliseconds kForever = std::chrono::hours(1);
constexpr std::size_t kMany = 1'000'000;

WallTime whole_milliseconds(WallTime time) { return std::chrono::floor<milliseconds>(time); }

// Decades ago, a day by itself: whatever else lies in the store is younger.
WallTime long_ago() {
  constexpr std::int64_t kDays = 5000;
  std::random_device device;
  const auto day = std::uniform_int_distribution<std::int64_t>(1, kDays)(device);
  return WallTime{} + std::chrono::hours(24 * day);
}

std::vector<std::string> ids_of(const std::vector<Session>& sessions) {
  std::vector<std::string> ids;
  for (const Session& session : sessions) ids.push_back(session.id);
  return ids;
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

class SessionLifetimeCheck {
 public:
  SessionLifetimeCheck(SessionStore& store, Findings& found) : store_(store), found_(found) {}

  void run() {
    unknown_sessions_are_not_found();
    idle_sessions_are_ended();
    chunks_keep_sessions_alive();
    live_sessions_are_paged_by_id();
    ended_sessions_come_by_age();
    recently_ended_sessions_are_paged_by_id();
    removed_input_is_remembered();
    removed_sessions_leave_nothing();
    live_and_overdue_sessions_are_counted();
    changes_are_told();
    many_changes_are_told_in_parts();
    waits_end_by_change_time_and_stop();
    no_change_is_missed_beside_writers();
    ends_beside_chunks_agree();
  }

 private:
  std::string create(WallTime at) {
    const Session session{.id = random_session_id(), .created_at = at, .control_token = "control"};
    found_.expect_success(store_.create(session), "create");
    return session.id;
  }

  std::string create_ended(WallTime at) {
    const std::string id = create(at - minutes(1));
    end(id, at);
    return id;
  }

  void end(const std::string& id, WallTime at) { found_.expect_success(store_.end(id, at), "end"); }

  void record(const std::string& id, std::uint64_t index, WallTime at) {
    found_.expect_success(store_.record_chunk(id, index, at), "record_chunk");
  }

  std::vector<std::string> ended_by(Result<std::vector<Session>> sessions, std::string_view call) {
    if (!found_.expect_success(sessions, call)) return {};
    for (const Session& session : *sessions) {
      found_.expect(session.ended_at.has_value() && session.final_chunk_count.has_value(),
                    std::string(call) + " gives a session that has not ended");
    }
    return ids_of(*sessions);
  }

  bool is_live(const std::string& id) {
    const auto session = store_.find(id);
    return session && !session->ended_at;
  }

  // All that changed since, in calls that give up at once.
  std::set<std::string> drain(std::uint64_t& cursor) {
    std::set<std::string> all;
    for (int call = 0; call < 10'000; ++call) {
      const auto changes = store_.changes(cursor, kNoWait, {});
      if (!found_.expect_success(changes, "changes") || changes->session_ids.empty()) return all;
      found_.expect(changes->cursor != cursor, "changes tells of some and leaves its cursor");
      const std::set<std::string> some(changes->session_ids.begin(), changes->session_ids.end());
      found_.expect(some.size() == changes->session_ids.size(),
                    "one call of changes tells of a session twice");
      all.insert(some.begin(), some.end());
      cursor = changes->cursor;
    }
    found_.expect(false, "changes never comes to an end");
    return all;
  }

  void unknown_sessions_are_not_found() {
    const std::string id = random_session_id();
    found_.expect_error(store_.mark_input_removed(id), ErrorCode::NotFound,
                        "mark_input_removed of an unknown session");
    found_.expect_success(store_.remove(id), "remove of an unknown session");
  }

  void idle_sessions_are_ended() {
    const WallTime since = whole_milliseconds(long_ago());
    const WallTime at = since + minutes(10);
    const std::string idle = create(since - minutes(2));
    record(idle, 0, since - milliseconds(1));
    const std::string other = create(since - milliseconds(1));
    const std::string young = create(since);
    const std::string ended = create_ended(since - minutes(1));

    const auto nothing = store_.end_idle(since, at, 0);
    found_.expect(nothing && nothing->empty(), "end_idle with limit 0 ends something");
    const auto first = ended_by(store_.end_idle(since, at, 1), "end_idle");
    found_.expect(first.size() == 1, "end_idle does not keep to its limit");
    const auto rest = ended_by(store_.end_idle(since, at, kMany), "end_idle");
    for (const std::string& id : {idle, other}) {
      found_.expect(contains(first, id) != contains(rest, id),
                    "end_idle does not end each idle session once");
      const auto session = store_.find(id);
      found_.expect(session && session->ended_at == at,
                    "end_idle does not set the time of the end");
      found_.expect(session && session->final_chunk_count == (id == idle ? 1u : 0u),
                    "end_idle does not fix the count of chunks");
    }
    found_.expect(is_live(young), "end_idle ends a session that was created just then");
    found_.expect(!contains(first, ended) && !contains(rest, ended),
                  "end_idle tells of a session that had ended before");
    const auto again = ended_by(store_.end_idle(since, at, kMany), "end_idle");
    found_.expect(again.empty(), "end_idle ends sessions twice");
    end(young, at);
  }

  void chunks_keep_sessions_alive() {
    const WallTime since = long_ago();
    const std::string id = create(since - minutes(60));
    record(id, 0, since + minutes(1));
    record(id, 0, since - minutes(30));
    (void)ended_by(store_.end_idle(since, since, kMany), "end_idle");
    found_.expect(is_live(id), "a chunk, or an older one after it, does not keep a session alive");
    record(id, 5, since + minutes(3));
    (void)ended_by(store_.end_idle(since + minutes(2), since, kMany), "end_idle");
    found_.expect(is_live(id), "a chunk behind a hole does not keep a session alive");
    record(id, 0, since + minutes(5));
    (void)ended_by(store_.end_idle(since + minutes(4), since, kMany), "end_idle");
    found_.expect(is_live(id), "a chunk that is recorded again does not keep a session alive");
    end(id, since);
  }

  void live_sessions_are_paged_by_id() {
    const WallTime at = long_ago();
    std::set<std::string> live = {create(at), create(at), create(at)};
    const std::string ended = create_ended(at);
    std::vector<std::string> all;
    for (std::string after;;) {
      const auto page = store_.live_sessions(after, 2);
      if (!found_.expect_success(page, "live_sessions") || page->empty()) break;
      found_.expect(page->size() <= 2, "live_sessions does not keep to its limit");
      for (const Session& session : *page) {
        found_.expect(session.id > after, "live_sessions does not come by rising id");
        after = session.id;
        all.push_back(session.id);
      }
    }
    for (const std::string& id : live) {
      found_.expect(contains(all, id), "live_sessions leaves out a live session");
      end(id, at);
    }
    found_.expect(!contains(all, ended), "live_sessions gives an ended session");
    const auto now = store_.live_sessions("", kMany);
    found_.expect(now && !contains(ids_of(*now), *live.begin()),
                  "live_sessions gives a session after its end");
  }

  void ended_sessions_come_by_age() {
    const WallTime before = whole_milliseconds(long_ago());
    const std::string second = create_ended(before - minutes(2));
    const std::string first = create_ended(before - minutes(3));
    const std::string third = create_ended(before - milliseconds(1));
    const std::string late = create_ended(before);
    const std::string live = create(before - minutes(9));
    const auto all = ended_by(store_.ended_sessions(before, kMany), "ended_sessions");
    const auto place = [&](const std::string& id) {
      return std::find(all.begin(), all.end(), id) - all.begin();
    };
    const bool there = contains(all, first) && contains(all, second) && contains(all, third);
    found_.expect(there, "ended_sessions leaves sessions out");
    found_.expect(place(first) < place(second) && place(second) < place(third),
                  "ended_sessions does not give the longest ended first");
    found_.expect(!contains(all, late), "ended_sessions gives one that did not end before");
    found_.expect(!contains(all, live), "ended_sessions gives a live session");
    const auto some = ended_by(store_.ended_sessions(before, all.size() - 1), "ended_sessions");
    found_.expect(some == std::vector(all.begin(), all.end() - 1),
                  "ended_sessions does not keep to its limit");
    end(live, before);
  }

  void recently_ended_sessions_are_paged_by_id() {
    const WallTime since = whole_milliseconds(long_ago());
    std::set<std::string> ended;
    for (int i = 0; i < 3; ++i) ended.insert(create_ended(since));  // all at one moment
    const std::string earlier = create_ended(since - milliseconds(1));
    const std::string live = create(since);
    std::vector<std::string> all;
    for (std::string after;;) {
      const auto page = store_.recently_ended_sessions(since, after, 2);
      const auto ids = ended_by(page, "recently_ended_sessions");
      if (ids.empty()) break;
      found_.expect(ids.size() <= 2, "recently_ended_sessions does not keep to its limit");
      found_.expect(ids.front() > after && std::is_sorted(ids.begin(), ids.end()),
                    "recently_ended_sessions does not come by rising id");
      all.insert(all.end(), ids.begin(), ids.end());
      after = ids.back();
    }
    for (const std::string& id : ended) {
      found_.expect(contains(all, id), "recently_ended_sessions leaves out a session");
    }
    found_.expect(!contains(all, earlier), "recently_ended_sessions gives one that ended before");
    found_.expect(!contains(all, live), "recently_ended_sessions gives a live session");
    end(live, since);
  }

  void removed_input_is_remembered() {
    const WallTime before = long_ago();
    const std::string kept = create_ended(before - minutes(2));
    const std::string removed = create_ended(before - minutes(1));
    found_.expect_success(store_.mark_input_removed(removed), "mark_input_removed");
    found_.expect_success(store_.mark_input_removed(removed), "mark_input_removed once more");
    const auto with =
        ended_by(store_.ended_sessions_with_input(before, kMany), "ended_sessions_with_input");
    found_.expect(contains(with, kept), "ended_sessions_with_input leaves out a session");
    found_.expect(!contains(with, removed),
                  "ended_sessions_with_input gives a session whose input was removed");
    const auto all = ended_by(store_.ended_sessions(before, kMany), "ended_sessions");
    found_.expect(contains(all, removed), "ended_sessions leaves out one without input");
  }

  void removed_sessions_leave_nothing() {
    const WallTime at = long_ago();
    const std::string id = create(at);
    const std::string beside = create(at);
    for (const std::string& one : {id, beside}) {
      for (const std::uint64_t index : {0, 1, 3}) {
        record(one, index, at);
        found_.expect_success(store_.record_segment(one, {.index = index}), "record_segment");
      }
      found_.expect_success(store_.add_credentials({"key-" + one, "secret", "token", one, at}),
                            "add_credentials");
    }
    found_.expect_success(store_.remove(id), "remove");
    found_.expect_success(store_.remove(id), "remove once more");
    const std::string of = " of a removed session";
    found_.expect_error(store_.find(id), ErrorCode::NotFound, "find" + of);
    found_.expect_error(store_.progress(id), ErrorCode::NotFound, "progress" + of);
    found_.expect_error(store_.segments(id, 0, 1), ErrorCode::NotFound, "segments" + of);
    found_.expect_error(store_.record_chunk(id, 2, at), ErrorCode::NotFound, "record_chunk" + of);
    found_.expect_error(store_.find_credentials("key-" + id), ErrorCode::NotFound,
                        "find_credentials" + of);
    const auto live = store_.live_sessions("", kMany);
    found_.expect(live && !contains(ids_of(*live), id), "live_sessions gives a removed session");

    found_.expect_success(store_.create({.id = id, .created_at = at, .control_token = "another"}),
                          "create with the id" + of);
    const auto fresh = store_.progress(id);
    found_.expect(fresh && fresh->contiguous_chunks == 0 && fresh->contiguous_segments == 0,
                  "a new session inherits the records" + of);
    record(id, 2, at);
    record(id, 0, at);
    const auto chunks = store_.progress(id);
    found_.expect(chunks && chunks->contiguous_chunks == 1,
                  "a new session inherits the early chunks" + of);
    const auto other = store_.progress(beside);
    found_.expect(other && other->contiguous_chunks == 2 && other->contiguous_segments == 2 &&
                      store_.find_credentials("key-" + beside),
                  "remove takes another session's records");
    for (const std::string& one : {id, beside}) end(one, at);
  }

  void live_and_overdue_sessions_are_counted() {
    const WallTime since = whole_milliseconds(long_ago());
    const auto before = store_.count(since);
    if (!found_.expect_success(before, "count")) return;
    const std::string idle = create(since - milliseconds(1));
    const std::string active = create(since - minutes(1));
    record(active, 0, since);
    (void)create_ended(since - minutes(1));
    const auto after = store_.count(since);
    if (!found_.expect_success(after, "count")) return;
    found_.expect(after->live == before->live + 2, "count does not count live sessions");
    found_.expect(after->overdue == before->overdue + 1, "count does not count overdue sessions");
    end(idle, since);
    end(active, since);
    const auto ended = store_.count(since);
    found_.expect(ended && ended->live == before->live && ended->overdue == before->overdue,
                  "count counts ended sessions");
  }

  void changes_are_told() {
    const WallTime at = long_ago();
    std::uint64_t cursor = 0;
    (void)drain(cursor);
    const std::string id = create(at);
    const std::string quiet = create(at);
    found_.expect(drain(cursor).contains(quiet), "changes does not tell of a new session");
    const auto expect_told = [&](const std::string& what) {
      const auto told = drain(cursor);
      found_.expect(told.contains(id), "changes does not tell of " + what);
      found_.expect(!told.contains(quiet), "changes tells of a session without changes");
      found_.expect(drain(cursor).empty(), "changes tells of " + what + " twice to one reader");
    };
    record(id, 0, at);
    expect_told("a chunk");
    record(id, 2, at);
    expect_told("a chunk behind a hole");
    found_.expect_success(store_.record_segment(id, {.index = 0}), "record_segment");
    expect_told("a segment");
    end(id, at);
    expect_told("an end");
    (void)ended_by(store_.end_idle(at + milliseconds(1), at, kMany), "end_idle");
    found_.expect(drain(cursor).contains(quiet), "changes does not tell of the end of an idle one");

    std::uint64_t from_start = 0;
    const auto all = drain(from_start);
    found_.expect(all.contains(id) && all.contains(quiet),
                  "changes from the beginning leaves a session out");
    found_.expect_success(store_.remove(id), "remove");
    from_start = 0;
    found_.expect(!drain(from_start).contains(id), "changes tells of a removed session");
    (void)drain(cursor);
    record(quiet, 0, at);
    found_.expect(drain(cursor).contains(quiet), "changes after a removal leaves one out");
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
        [&](std::stop_token stop) { changes = store_.changes(cursor, kForever, stop); });
    by_stop.request_stop();
    by_stop.join();
    found_.expect(changes && changes->session_ids.empty() && changes->cursor == cursor,
                  "a waiting changes() that is stopped does not end empty");
    for (const milliseconds wait : {kNoWait, milliseconds(-1)}) {
      const auto none = store_.changes(cursor, wait, {});
      found_.expect(none && none->session_ids.empty(), "changes tells of what did not change");
    }
    std::jthread by_change([&] { changes = store_.changes(cursor, milliseconds::max(), {}); });
    record(id, 0, {});
    by_change.join();
    found_.expect(changes && changes->session_ids == std::vector{id},
                  "a waiting changes() does not tell of a change made meanwhile");
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
        const auto changes = store_.changes(cursor, milliseconds(20), {});
        if (!found_.expect_success(changes, "changes beside writers")) return;
        cursor = changes->cursor;
        for (const std::string& id : changes->session_ids) {
          if (const auto progress = store_.progress(id)) seen[id] = progress->contiguous_chunks;
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
      found_.expect(seen[id] == kChunks, "changes misses a change made by one of several writers");
      end(id, long_ago());
    }
  }

  // Either the chunk came first and keeps the session, or the end did and leaves the chunk out.
  void ends_beside_chunks_agree() {
    const WallTime since = long_ago();
    for (int round = 0; round < 10; ++round) {
      const std::string id = create(since - minutes(1));
      std::vector<Session> ended;
      run_on_threads(2, [&](int thread) {
        if (thread == 0) return record(id, 0, since + minutes(1));
        auto idle = store_.end_idle(since, since, kMany);
        if (found_.expect_success(idle, "end_idle beside a chunk")) ended = *std::move(idle);
      });
      const auto session = store_.find(id);
      if (!found_.expect_success(session, "find")) return;
      found_.expect(session->ended_at.has_value() == contains(ids_of(ended), id),
                    "end_idle does not tell which sessions it ended");
      found_.expect(!session->ended_at || session->final_chunk_count == 0u,
                    "end_idle ends a session although a chunk came before");
      end(id, since);
    }
  }

  SessionStore& store_;
  Findings& found_;
};

}  // namespace

std::string random_session_id() {
  std::random_device device;
  return "conformance-" + std::to_string(device()) + "-" + std::to_string(device());
}

void check_session_lifetimes(SessionStore& store, Findings& found) {
  SessionLifetimeCheck(store, found).run();
}

}  // namespace streamkit::testing
