
#include <algorithm>
#include <random>
#include <set>

#include <streamkit/testing/conformance.hpp>

#include "testing/session_steps.hpp"

namespace streamkit::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::size_t kMany = 1'000'000;

WallTime whole_milliseconds(WallTime time) { return std::chrono::floor<milliseconds>(time); }

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

class SessionMaintenanceCheck : StreamSteps {
 public:
  SessionMaintenanceCheck(SessionMaintenance& maintenance, SessionStore& sessions,
                          StreamRecords& records, Findings& found)
      : StreamSteps(sessions, records, found), maintenance_(maintenance) {}

  void run() {
    unknown_sessions_are_not_found();
    idle_sessions_are_ended();
    chunks_keep_sessions_alive();
    live_sessions_are_paged_by_id();
    ended_sessions_come_by_age();
    ended_sessions_are_listed_between_two_times();
    recently_ended_sessions_are_paged_by_id();
    removed_input_is_remembered();
    removed_sessions_leave_nothing();
    live_and_overdue_sessions_are_counted();
    expired_credentials_are_removed();
    ends_beside_chunks_agree();
    ends_and_removals_are_changes();
  }

 private:
  static constexpr std::string_view kEnded = "list of ended sessions";

  Result<std::vector<Session>> list_ended(WallTime before, std::size_t limit) {
    return maintenance_.list({.state = SessionState::Ended,
                              .order = SessionOrder::ByEndTime,
                              .ended_before = before,
                              .limit = limit});
  }

  void unknown_sessions_are_not_found() {
    const std::string id = random_session_id();
    found_.expect_error(maintenance_.mark_input_removed(id), ErrorCode::NotFound,
                        "mark_input_removed of an unknown session");
    found_.expect_success(maintenance_.remove(id), "remove of an unknown session");
  }

  void idle_sessions_are_ended() {
    const WallTime since = whole_milliseconds(long_ago());
    const WallTime at = since + minutes(10);
    const std::string idle = create(since - minutes(2));
    record(idle, 0, since - milliseconds(1));
    const std::string other = create(since - milliseconds(1));
    const std::string young = create(since);
    const std::string ended = create_ended(since - minutes(1));

    const auto nothing = maintenance_.end_idle(since, at, 0);
    found_.expect(nothing && nothing->empty(), "end_idle with limit 0 ends something");
    const auto first = ended_by(maintenance_.end_idle(since, at, 1), "end_idle");
    found_.expect(first.size() == 1, "end_idle does not keep to its limit");
    const auto rest = ended_by(maintenance_.end_idle(since, at, kMany), "end_idle");
    for (const std::string& id : {idle, other}) {
      found_.expect(contains(first, id) != contains(rest, id),
                    "end_idle does not end each idle session once");
      const auto session = sessions_.find(id);
      found_.expect(session && session->ended_at == at,
                    "end_idle does not set the time of the end");
      found_.expect(session && session->final_chunk_count == (id == idle ? 1u : 0u),
                    "end_idle does not fix the count of chunks");
    }
    found_.expect(is_live(young), "end_idle ends a session that was created just then");
    found_.expect(!contains(first, ended) && !contains(rest, ended),
                  "end_idle reports a session that had ended before");
    const auto again = ended_by(maintenance_.end_idle(since, at, kMany), "end_idle");
    found_.expect(again.empty(), "end_idle ends sessions twice");
    end(young, at);
  }

  void chunks_keep_sessions_alive() {
    const WallTime since = long_ago();
    const std::string id = create(since - minutes(60));
    record(id, 0, since + minutes(1));
    record(id, 0, since - minutes(30));
    (void)ended_by(maintenance_.end_idle(since, since, kMany), "end_idle");
    found_.expect(is_live(id), "a chunk, or an older one after it, does not keep a session alive");
    record(id, 5, since + minutes(3));
    (void)ended_by(maintenance_.end_idle(since + minutes(2), since, kMany), "end_idle");
    found_.expect(is_live(id), "a chunk behind a hole does not keep a session alive");
    record(id, 0, since + minutes(5));
    (void)ended_by(maintenance_.end_idle(since + minutes(4), since, kMany), "end_idle");
    found_.expect(is_live(id), "a chunk that is recorded again does not keep a session alive");
    end(id, since);
  }

  void live_sessions_are_paged_by_id() {
    const WallTime at = long_ago();
    std::set<std::string> live = {create(at), create(at), create(at)};
    const std::string ended = create_ended(at);
    std::vector<std::string> all;
    for (std::string after;;) {
      const auto page = maintenance_.list({.after_id = after, .limit = 2});
      if (!found_.expect_success(page, "list of live sessions") || page->empty()) break;
      found_.expect(page->size() <= 2, "list of live sessions does not keep to its limit");
      for (const Session& session : *page) {
        found_.expect(session.id > after, "list of live sessions does not come by rising id");
        after = session.id;
        all.push_back(session.id);
      }
    }
    for (const std::string& id : live) {
      found_.expect(contains(all, id), "list of live sessions leaves out a live session");
      end(id, at);
    }
    found_.expect(!contains(all, ended), "list of live sessions gives an ended session");
    const auto now = maintenance_.list({.limit = kMany});
    found_.expect(now && !contains(ids_of(*now), *live.begin()),
                  "list of live sessions gives a session after its end");
  }

  void ended_sessions_come_by_age() {
    const WallTime before = whole_milliseconds(long_ago());
    const std::string second = create_ended(before - minutes(2));
    const std::string first = create_ended(before - minutes(3));
    const std::string third = create_ended(before - milliseconds(1));
    const std::string late = create_ended(before);
    const std::string live = create(before - minutes(9));
    const auto all = ended_by(list_ended(before, kMany), kEnded);
    const auto place = [&](const std::string& id) {
      return std::find(all.begin(), all.end(), id) - all.begin();
    };
    const bool there = contains(all, first) && contains(all, second) && contains(all, third);
    found_.expect(there, "list of ended sessions leaves sessions out");
    found_.expect(place(first) < place(second) && place(second) < place(third),
                  "list of ended sessions does not give the longest ended first");
    found_.expect(!contains(all, late), "list of ended sessions gives one that did not end before");
    found_.expect(!contains(all, live), "list of ended sessions gives a live session");
    const auto some = ended_by(list_ended(before, all.size() - 1), kEnded);
    found_.expect(some == std::vector(all.begin(), all.end() - 1),
                  "list of ended sessions does not keep to its limit");
    end(live, before);
  }

  void ended_sessions_are_listed_between_two_times() {
    const WallTime since = whole_milliseconds(long_ago());
    const std::string within = create_ended(since + minutes(1));
    const std::string early = create_ended(since - milliseconds(1));
    const std::string late = create_ended(since + minutes(2));
    for (const SessionOrder order : {SessionOrder::ById, SessionOrder::ByEndTime}) {
      const auto ids = ended_by(maintenance_.list({.state = SessionState::Ended,
                                                   .order = order,
                                                   .ended_since = since,
                                                   .ended_before = since + minutes(2),
                                                   .limit = kMany}),
                                kEnded);
      found_.expect(contains(ids, within) && !contains(ids, early) && !contains(ids, late),
                    "list does not keep to both bounds of a time of ends");
    }
    const auto none = maintenance_.list({.state = SessionState::Ended, .limit = 0});
    found_.expect(none && none->empty(), "list with limit 0 gives something");
  }

  void recently_ended_sessions_are_paged_by_id() {
    const WallTime since = whole_milliseconds(long_ago());
    std::set<std::string> ended;
    for (int i = 0; i < 3; ++i) ended.insert(create_ended(since));  // all at one moment
    const std::string earlier = create_ended(since - milliseconds(1));
    const std::string live = create(since);
    std::vector<std::string> all;
    for (std::string after;;) {
      const auto page = maintenance_.list(
          {.state = SessionState::Ended, .after_id = after, .ended_since = since, .limit = 2});
      const auto ids = ended_by(page, "list of recently ended sessions");
      if (ids.empty()) break;
      found_.expect(ids.size() <= 2, "list of recently ended sessions does not keep to its limit");
      found_.expect(ids.front() > after && std::is_sorted(ids.begin(), ids.end()),
                    "list of recently ended sessions does not come by rising id");
      all.insert(all.end(), ids.begin(), ids.end());
      after = ids.back();
    }
    for (const std::string& id : ended) {
      found_.expect(contains(all, id), "list of recently ended sessions leaves out a session");
    }
    found_.expect(!contains(all, earlier),
                  "list of recently ended sessions gives one that ended before");
    found_.expect(!contains(all, live), "list of recently ended sessions gives a live session");
    end(live, since);
  }

  void removed_input_is_remembered() {
    const WallTime before = long_ago();
    const std::string kept = create_ended(before - minutes(2));
    const std::string removed = create_ended(before - minutes(1));
    found_.expect_success(maintenance_.mark_input_removed(removed), "mark_input_removed");
    found_.expect_success(maintenance_.mark_input_removed(removed), "mark_input_removed once more");
    const auto with = ended_by(maintenance_.list({.state = SessionState::Ended,
                                                  .order = SessionOrder::ByEndTime,
                                                  .ended_before = before,
                                                  .with_input = true,
                                                  .limit = kMany}),
                               "list of ended sessions with input");
    found_.expect(contains(with, kept), "list of ended sessions with input leaves out a session");
    found_.expect(!contains(with, removed),
                  "list of ended sessions with input gives a session whose input was removed");
    const auto all = ended_by(list_ended(before, kMany), kEnded);
    found_.expect(contains(all, removed), "list of ended sessions leaves out one without input");
  }

  void removed_sessions_leave_nothing() {
    const WallTime at = long_ago();
    const std::string id = create(at);
    const std::string beside = create(at);
    for (const std::string& one : {id, beside}) {
      for (const std::uint64_t index : {0, 1, 3}) {
        record(one, index, at);
        found_.expect_success(records_.record_segment(one, {.index = index}), "record_segment");
      }
      found_.expect_success(sessions_.add_credentials({"key-" + one, "secret", "token", one, at}),
                            "add_credentials");
    }
    found_.expect_success(maintenance_.remove(id), "remove");
    found_.expect_success(maintenance_.remove(id), "remove once more");
    const std::string of = " of a removed session";
    found_.expect_error(sessions_.find(id), ErrorCode::NotFound, "find" + of);
    found_.expect_error(records_.progress(id), ErrorCode::NotFound, "progress" + of);
    found_.expect_error(records_.segments(id, 0, 1), ErrorCode::NotFound, "segments" + of);
    found_.expect_error(records_.record_chunk(id, 2, at), ErrorCode::NotFound, "record_chunk" + of);
    found_.expect_error(sessions_.find_credentials("key-" + id), ErrorCode::NotFound,
                        "find_credentials" + of);
    const auto live = maintenance_.list({.limit = kMany});
    found_.expect(live && !contains(ids_of(*live), id),
                  "list of live sessions gives a removed session");

    found_.expect_success(
        sessions_.create({.id = id, .created_at = at, .control_token = "another"}),
        "create with the id" + of);
    const auto fresh = records_.progress(id);
    found_.expect(fresh && fresh->contiguous_chunks == 0 && fresh->contiguous_segments == 0,
                  "a new session inherits the records" + of);
    record(id, 2, at);
    record(id, 0, at);
    const auto chunks = records_.progress(id);
    found_.expect(chunks && chunks->contiguous_chunks == 1,
                  "a new session inherits the early chunks" + of);
    const auto other = records_.progress(beside);
    found_.expect(other && other->contiguous_chunks == 2 && other->contiguous_segments == 2 &&
                      sessions_.find_credentials("key-" + beside),
                  "remove takes another session's records");
    for (const std::string& one : {id, beside}) end(one, at);
  }

  void live_and_overdue_sessions_are_counted() {
    const WallTime since = whole_milliseconds(long_ago());
    const auto before = maintenance_.count(since);
    if (!found_.expect_success(before, "count")) return;
    const std::string idle = create(since - milliseconds(1));
    const std::string active = create(since - minutes(1));
    record(active, 0, since);
    (void)create_ended(since - minutes(1));
    const auto after = maintenance_.count(since);
    if (!found_.expect_success(after, "count")) return;
    found_.expect(after->live == before->live + 2, "count does not count live sessions");
    found_.expect(after->overdue == before->overdue + 1, "count does not count overdue sessions");
    end(idle, since);
    end(active, since);
    const auto ended = maintenance_.count(since);
    found_.expect(ended && ended->live == before->live && ended->overdue == before->overdue,
                  "count counts ended sessions");
  }

  void expired_credentials_are_removed() {
    const WallTime before = whole_milliseconds(long_ago());
    const std::string id = create(before);
    const auto add = [&](const std::string& key, WallTime expires_at) {
      found_.expect_success(
          sessions_.add_credentials({key + id, "secret", "token", id, expires_at}),
          "add_credentials");
    };
    const auto exists = [&](const std::string& key) {
      return sessions_.find_credentials(key + id).has_value();
    };
    add("old-1-", before - minutes(2));
    add("old-2-", before - milliseconds(1));
    add("at-", before);
    add("valid-", before + minutes(1));
    const auto none = maintenance_.remove_credentials(before, 0);
    found_.expect(none && *none == 0, "remove_credentials with limit 0 removes something");
    // Other credentials of the store may have expired as well.
    std::size_t removed = 0;
    for (int call = 0; call < 100'000; ++call) {
      const auto one = maintenance_.remove_credentials(before, 1);
      if (!found_.expect_success(one, "remove_credentials") || *one == 0) break;
      found_.expect(*one == 1, "remove_credentials does not keep to its limit");
      removed += *one;
    }
    found_.expect(removed >= 2, "remove_credentials does not report what it removed");
    found_.expect(!exists("old-1-") && !exists("old-2-"),
                  "remove_credentials leaves expired credentials");
    found_.expect(exists("at-") && exists("valid-"),
                  "remove_credentials removes credentials that had not expired before");
    end(id, before);
  }

  // Either the chunk came first and keeps the session, or the end did and leaves the chunk out.
  void ends_beside_chunks_agree() {
    const WallTime since = long_ago();
    for (int round = 0; round < 10; ++round) {
      const std::string id = create(since - minutes(1));
      std::vector<Session> ended;
      run_on_threads(2, [&](int thread) {
        if (thread == 0) return record(id, 0, since + minutes(1));
        auto idle = maintenance_.end_idle(since, since, kMany);
        if (found_.expect_success(idle, "end_idle beside a chunk")) ended = *std::move(idle);
      });
      const auto session = sessions_.find(id);
      if (!found_.expect_success(session, "find")) return;
      found_.expect(session->ended_at.has_value() == contains(ids_of(ended), id),
                    "end_idle does not report which sessions it ended");
      found_.expect(!session->ended_at || session->final_chunk_count == 0u,
                    "end_idle ends a session although a chunk came before");
      end(id, since);
    }
  }

  std::set<std::string> changed_since(std::uint64_t& cursor) {
    std::set<std::string> all;
    for (int call = 0; call < 10'000; ++call) {
      const auto changes = records_.changes(cursor, milliseconds(0), {});
      if (!found_.expect_success(changes, "changes") || changes->session_ids.empty()) break;
      all.insert(changes->session_ids.begin(), changes->session_ids.end());
      cursor = changes->cursor;
    }
    return all;
  }

  void ends_and_removals_are_changes() {
    const WallTime at = long_ago();
    std::uint64_t cursor = 0;
    const std::string idle = create(at);
    const std::string removed = create(at);
    (void)changed_since(cursor);
    (void)ended_by(maintenance_.end_idle(at + milliseconds(1), at, kMany), "end_idle");
    found_.expect(changed_since(cursor).contains(idle),
                  "changes does not report the end of an idle session");
    found_.expect_success(maintenance_.remove(removed), "remove");
    std::uint64_t from_start = 0;
    found_.expect(!changed_since(from_start).contains(removed),
                  "changes reports a removed session");
    (void)changed_since(cursor);
    record(idle, 0, at);
    found_.expect(changed_since(cursor).contains(idle), "changes after a removal leaves one out");
  }

  SessionMaintenance& maintenance_;
};

}  // namespace

std::string random_session_id() {
  std::random_device device;
  return "conformance-" + std::to_string(device()) + "-" + std::to_string(device());
}

Violations check_session_maintenance(SessionMaintenance& maintenance, SessionStore& sessions,
                                     StreamRecords& records) {
  Findings found;
  SessionMaintenanceCheck(maintenance, sessions, records, found).run();
  return std::move(found).take();
}

}  // namespace streamkit::testing
