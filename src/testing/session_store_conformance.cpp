#include <streamkit/testing/conformance.hpp>

#include "testing/session_lifetime_conformance.hpp"
#include "testing/session_steps.hpp"

namespace streamkit::testing {
namespace {

// 2026-01-02T03:04:05.678Z
constexpr WallTime kCreated{std::chrono::milliseconds(1'767'323'045'678)};

SegmentRecord record_of(std::uint64_t index) {
  const MediaTime second = std::chrono::seconds(1);
  const auto i = static_cast<std::int64_t>(index);
  return {.index = index,
          .start = i * 5 * second,
          .duration = 5 * second + MediaTime{1},
          .audio_end = (i + 1) * 5 * second - MediaTime{7},
          .header_bytes = 1234 + index,
          .size_bytes = 5'000'000'000 + index,
          .width_px = 2560,
          .height_px = 720,
          .kind = index % 3 == 0   ? SegmentKind::Converted
                  : index % 3 == 1 ? SegmentKind::Flat
                                   : SegmentKind::Filler};
}

bool same(const Session& a, const Session& b) {
  return a.id == b.id && a.mode == b.mode && a.chunk_duration == b.chunk_duration &&
         a.created_at == b.created_at && a.control_token == b.control_token &&
         a.ended_at == b.ended_at && a.final_chunk_count == b.final_chunk_count;
}

class SessionStoreCheck {
 public:
  explicit SessionStoreCheck(SessionStore& store) : store_(store) {}

  Violations run() && {
    sessions_are_found_as_created();
    ids_are_checked_and_unique();
    unknown_sessions_are_not_found();
    credentials_are_found_by_key();
    chunks_count_without_holes();
    the_first_end_fixes_the_count();
    segments_are_listed_by_index();
    segments_count_without_holes();
    sessions_are_independent();
    concurrent_records_all_count();
    concurrent_ends_agree();
    concurrent_creates_let_one_win();
    check_session_lifetimes(store_, found_);
    check_session_changes(store_, found_);
    return std::move(found_).take();
  }

 private:
  Session make_session() {
    return {.id = random_session_id(), .created_at = kCreated, .control_token = "control"};
  }

  std::string create() {
    const Session session = make_session();
    found_.expect_success(store_.create(session), "create");
    return session.id;
  }

  void record_chunk(const std::string& id, std::uint64_t index) {
    found_.expect_success(store_.record_chunk(id, index, {}), "record_chunk");
  }

  void record_segment(const std::string& id, const SegmentRecord& record) {
    found_.expect_success(store_.record_segment(id, record), "record_segment");
  }

  void expect_chunks(const std::string& id, std::uint64_t wanted, std::string_view when) {
    const auto progress = store_.progress(id);
    if (!found_.expect_success(progress, "progress")) return;
    found_.expect(progress->contiguous_chunks == wanted,
                  "contiguous_chunks is " + std::to_string(progress->contiguous_chunks) + ", not " +
                      std::to_string(wanted) + ", " + std::string(when));
  }

  void expect_segments(const std::string& id, std::uint64_t wanted, std::string_view when) {
    const auto progress = store_.progress(id);
    if (!found_.expect_success(progress, "progress")) return;
    found_.expect(progress->contiguous_segments == wanted,
                  "contiguous_segments is " + std::to_string(progress->contiguous_segments) +
                      ", not " + std::to_string(wanted) + ", " + std::string(when));
  }

  void sessions_are_found_as_created() {
    for (const StereoModeInfo& mode : stereo_modes()) {
      Session session = make_session();
      session.mode = mode.mode;
      session.chunk_duration = from_ticks(1001 * 60, 1, 30'000);
      session.control_token = "t0ken '\"%;-- \xc3\xa9";
      if (!found_.expect_success(store_.create(session), "create")) continue;
      const auto found = store_.find(session.id);
      if (!found_.expect_success(found, "find")) continue;
      found_.expect(same(*found, session), "find gives another session than was created");
    }
  }

  void ids_are_checked_and_unique() {
    for (const std::string& id : {std::string(), std::string("a/b"), std::string(".."),
                                  std::string("%41"), std::string("a b"), std::string(65, 'a')}) {
      Session session = make_session();
      session.id = id;
      found_.expect_error(store_.create(session), ErrorCode::InvalidArgument,
                          "create with the invalid id '" + id + "'");
    }
    const Session first = make_session();
    found_.expect_success(store_.create(first), "create");
    Session second = first;
    second.control_token = "another";
    found_.expect_error(store_.create(second), ErrorCode::AlreadyExists,
                        "create with an id that exists");
    const auto found = store_.find(first.id);
    found_.expect(found && same(*found, first), "a rejected create changes the session");
    Session shouting = make_session();
    shouting.id = "Case-" + shouting.id;
    Session quiet = shouting;
    quiet.id.replace(0, 1, "c");
    found_.expect_success(store_.create(shouting), "create");
    found_.expect_success(store_.create(quiet), "create with an id that differs in case");
  }

  void unknown_sessions_are_not_found() {
    const ErrorCode code = ErrorCode::NotFound;
    for (const std::string& id : {random_session_id(), std::string("../x")}) {
      const std::string of = " of an unknown session";
      found_.expect_error(store_.find(id), code, "find" + of);
      found_.expect_error(store_.end(id, kCreated), code, "end" + of);
      found_.expect_error(
          store_.add_credentials({random_session_id(), "secret", "token", id, kCreated}), code,
          "add_credentials" + of);
      found_.expect_error(store_.record_chunk(id, 0, {}), code, "record_chunk" + of);
      found_.expect_error(store_.record_segment(id, record_of(0)), code, "record_segment" + of);
      found_.expect_error(store_.segments(id, 0, 10), code, "segments" + of);
      found_.expect_error(store_.progress(id), code, "progress" + of);
    }
  }

  void credentials_are_found_by_key() {
    const std::string id = create();
    std::vector<ScopedCredentials> all;
    for (const int hours : {-1, 0, 1}) {
      all.push_back({.access_key_id = random_session_id(),
                     .secret_access_key = "secret/+=" + std::to_string(hours),
                     .session_token = "token" + std::to_string(hours),
                     .session_id = id,
                     .expires_at = kCreated + std::chrono::hours(hours)});
      found_.expect_success(store_.add_credentials(all.back()), "add_credentials");
    }
    for (const ScopedCredentials& added : all) {
      const auto found = store_.find_credentials(added.access_key_id);
      if (!found_.expect_success(found, "find_credentials, expired or earlier ones too,")) continue;
      found_.expect(found->access_key_id == added.access_key_id &&
                        found->secret_access_key == added.secret_access_key &&
                        found->session_token == added.session_token && found->session_id == id &&
                        found->expires_at == added.expires_at,
                    "find_credentials gives others than were added");
    }
    found_.expect_error(store_.find_credentials(random_session_id()), ErrorCode::NotFound,
                        "find_credentials with an unknown key");
    found_.expect_error(store_.find_credentials(""), ErrorCode::NotFound,
                        "find_credentials with an empty key");
  }

  void chunks_count_without_holes() {
    const std::string id = create();
    expect_chunks(id, 0, "before any chunk");
    record_chunk(id, 0);
    expect_chunks(id, 1, "after chunk 0");
    record_chunk(id, 0);
    expect_chunks(id, 1, "after chunk 0 was recorded twice");
    for (const std::uint64_t index : {3, 2, 5, 2}) record_chunk(id, index);
    expect_chunks(id, 1, "with a hole at 1");
    record_chunk(id, 1);
    expect_chunks(id, 4, "after the hole at 1 was filled");
    record_chunk(id, 100'000);
    record_chunk(id, 4);
    expect_chunks(id, 6, "after the hole at 4 was filled");
    expect_segments(id, 0, "after chunks alone");
  }

  void the_first_end_fixes_the_count() {
    const std::string id = create();
    for (const std::uint64_t index : {0, 1, 2, 5}) record_chunk(id, index);
    const WallTime at = kCreated + std::chrono::seconds(20);
    const auto ended = store_.end(id, at);
    if (!found_.expect_success(ended, "end")) return;
    found_.expect(ended->id == id && ended->ended_at == at, "end does not give the ended session");
    found_.expect(ended->final_chunk_count == 3u,
                  "final_chunk_count is not the number of chunks without a hole");
    for (const std::uint64_t index : {3, 4}) record_chunk(id, index);
    const auto again = store_.end(id, at + std::chrono::hours(1));
    if (!found_.expect_success(again, "end for the second time")) return;
    found_.expect(again->ended_at == at, "a second end moves ended_at");
    found_.expect(again->final_chunk_count == 3u, "late chunks or a second end move the count");
    const auto found = store_.find(id);
    found_.expect(found && same(*found, *ended), "find does not give the ended session");

    const std::string empty = create();
    const auto nothing = store_.end(empty, at);
    found_.expect(nothing && nothing->final_chunk_count == 0u,
                  "a session that ends without a chunk has no final_chunk_count of 0");
  }

  void segments_are_listed_by_index() {
    const std::string id = create();
    const auto none = store_.segments(id, 0, 10);
    found_.expect(none && none->empty(), "segments gives records before any was stored");
    std::vector<SegmentRecord> all;
    for (const std::uint64_t index : {0, 1, 2, 4, 7, 9, 10, 99'999, 100'000}) {
      all.push_back(record_of(index));
    }
    for (auto record = all.rbegin(); record != all.rend(); ++record) record_segment(id, *record);

    const auto listed = store_.segments(id, 0, 1000);
    found_.expect(listed && *listed == all, "segments does not give every record by rising index");
    const auto later = store_.segments(id, 3, 3);
    found_.expect(later && *later == std::vector(all.begin() + 3, all.begin() + 6),
                  "segments does not keep to its first index and limit");
    const auto from_one = store_.segments(id, 9, 1);
    found_.expect(from_one && *from_one == std::vector{all[5]},
                  "segments does not give the record at its first index");
    const auto beyond = store_.segments(id, 100'001, 10);
    found_.expect(beyond && beyond->empty(), "segments gives records below its first index");
    const auto nothing = store_.segments(id, 0, 0);
    found_.expect(nothing && nothing->empty(), "segments with limit 0 gives something");

    SegmentRecord replaced = all[1];
    replaced.kind = SegmentKind::Filler;
    replaced.size_bytes = 1;
    record_segment(id, replaced);
    const auto after = store_.segments(id, 1, 1);
    found_.expect(after && *after == std::vector{replaced},
                  "recording a segment again does not replace the record");
    const auto count = store_.segments(id, 0, 1000);
    found_.expect(count && count->size() == all.size(),
                  "recording a segment again adds a second record");
  }

  void segments_count_without_holes() {
    const std::string id = create();
    for (const std::uint64_t index : {1, 2, 4}) record_segment(id, record_of(index));
    expect_segments(id, 0, "with a hole at 0");
    record_segment(id, record_of(0));
    expect_segments(id, 3, "after the hole at 0 was filled");
    record_segment(id, record_of(1));
    expect_segments(id, 3, "after a record was replaced");
    record_segment(id, record_of(3));
    expect_segments(id, 5, "after the hole at 3 was filled");
    expect_chunks(id, 0, "after segments alone");
    found_.expect_success(store_.end(id, kCreated), "end");
    record_segment(id, record_of(5));
    expect_segments(id, 6, "after a segment that followed the end");
  }

  void sessions_are_independent() {
    const std::string one = create();
    const std::string other = create();
    record_chunk(one, 0);
    record_segment(one, record_of(0));
    found_.expect_success(store_.end(one, kCreated), "end");
    expect_chunks(other, 0, "after a chunk of another session");
    const auto listed = store_.segments(other, 0, 10);
    found_.expect(listed && listed->empty(), "segments gives another session's records");
    const auto found = store_.find(other);
    found_.expect(found && !found->ended_at, "ending a session ends another");
  }

  void concurrent_records_all_count() {
    constexpr int kThreads = 4;
    constexpr std::uint64_t kEach = 25;
    const std::string id = create();
    run_on_threads(kThreads, [&](int thread) {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        const std::uint64_t index = i * kThreads + static_cast<std::uint64_t>(thread);
        record_chunk(id, index);
        record_segment(id, record_of(index));
        found_.expect_success(store_.progress(id), "progress beside writers");
      }
    });
    expect_chunks(id, kThreads * kEach, "after chunks were recorded from several threads");
    expect_segments(id, kThreads * kEach, "after segments were recorded from several threads");
  }

  void concurrent_ends_agree() {
    const std::string id = create();
    std::vector<Session> answers(4);
    run_on_threads(4, [&](int thread) {
      record_chunk(id, static_cast<std::uint64_t>(thread));
      const auto ended = store_.end(id, kCreated + std::chrono::seconds(thread));
      if (found_.expect_success(ended, "end from several threads")) {
        answers[static_cast<std::size_t>(thread)] = *ended;
      }
    });
    for (const Session& answer : answers) {
      found_.expect(same(answer, answers.front()), "ends from several threads do not agree");
    }
  }

  void concurrent_creates_let_one_win() {
    const Session session = make_session();
    std::atomic<int> created = 0;
    run_on_threads(4, [&](int) {
      const auto outcome = store_.create(session);
      if (outcome) {
        ++created;
      } else {
        found_.expect_error(outcome, ErrorCode::AlreadyExists, "create beside the same create");
      }
    });
    found_.expect(created == 1, "several creates of one id succeed");
  }

  SessionStore& store_;
  Findings found_;
};

}  // namespace

Violations check_session_store(SessionStore& store) { return SessionStoreCheck(store).run(); }

}  // namespace streamkit::testing
