#include <atomic>
#include <streamkit/testing/conformance.hpp>

#include "testing/session_steps.hpp"
#include "testing/stream_changes_conformance.hpp"

namespace streamkit::testing {
namespace {

// 2026-01-02T03:04:05.678Z
constexpr WallTime kCreated{std::chrono::milliseconds(1'767'323'045'678)};

SegmentRecord record_of(std::uint64_t index) {
  const MediaTime second = std::chrono::seconds(1);
  const auto i = static_cast<std::int64_t>(index);
  SegmentRecord record{.index = index,
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
  // A segment in parts, too.
  if (index == 1) {
    record.parts = {{4 * second, 4'000'000'000}, {second + MediaTime{1}, 1'000'000'000 - 1233}};
  }
  return record;
}

class StreamRecordsCheck {
 public:
  StreamRecordsCheck(StreamRecords& records, SessionStore& sessions)
      : records_(records), sessions_(sessions) {}

  Violations run() && {
    unknown_sessions_are_not_found();
    chunks_count_without_holes();
    the_first_end_fixes_the_count();
    segments_are_listed_by_index();
    segments_count_without_holes();
    renditions_are_kept_apart();
    sessions_are_independent();
    concurrent_records_all_count();
    concurrent_ends_agree();
    check_stream_changes(records_, sessions_, found_);
    return std::move(found_).take();
  }

 private:
  std::string create() {
    const Session session{
        .id = random_session_id(), .created_at = kCreated, .control_token = "control"};
    found_.expect_success(sessions_.create(session), "create");
    return session.id;
  }

  void record_chunk(const std::string& id, std::uint64_t index) {
    found_.expect_success(records_.record_chunk(id, index, {}), "record_chunk");
  }

  void record_segment(const std::string& id, const SegmentRecord& record) {
    found_.expect_success(records_.record_segment(id, record), "record_segment");
  }

  void expect_chunks(const std::string& id, std::uint64_t wanted, std::string_view when) {
    const auto progress = records_.progress(id);
    if (!found_.expect_success(progress, "progress")) return;
    found_.expect(progress->contiguous_chunks == wanted,
                  "contiguous_chunks is " + std::to_string(progress->contiguous_chunks) + ", not " +
                      std::to_string(wanted) + ", " + std::string(when));
  }

  void expect_segments(const std::string& id, std::uint64_t wanted, std::string_view when) {
    const auto progress = records_.progress(id);
    if (!found_.expect_success(progress, "progress")) return;
    found_.expect(progress->contiguous_segments == wanted,
                  "contiguous_segments is " + std::to_string(progress->contiguous_segments) +
                      ", not " + std::to_string(wanted) + ", " + std::string(when));
  }

  void unknown_sessions_are_not_found() {
    const ErrorCode code = ErrorCode::NotFound;
    for (const std::string& id : {random_session_id(), std::string("../x")}) {
      const std::string of = " of an unknown session";
      found_.expect_error(records_.record_chunk(id, 0, {}), code, "record_chunk" + of);
      found_.expect_error(records_.record_segment(id, record_of(0)), code, "record_segment" + of);
      found_.expect_error(records_.segments(id, 0, 10), code, "segments" + of);
      found_.expect_error(records_.progress(id), code, "progress" + of);
    }
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
    const auto ended = sessions_.end(id, at);
    if (!found_.expect_success(ended, "end")) return;
    found_.expect(ended->id == id && ended->ended_at == at, "end does not give the ended session");
    found_.expect(ended->final_chunk_count == 3u,
                  "final_chunk_count is not the number of chunks without a hole");
    for (const std::uint64_t index : {3, 4}) record_chunk(id, index);
    const auto again = sessions_.end(id, at + std::chrono::hours(1));
    if (!found_.expect_success(again, "end for the second time")) return;
    found_.expect(again->ended_at == at, "a second end moves ended_at");
    found_.expect(again->final_chunk_count == 3u, "late chunks or a second end move the count");
    const auto found = sessions_.find(id);
    found_.expect(found && found->final_chunk_count == ended->final_chunk_count,
                  "find does not give the ended session");

    const std::string empty = create();
    const auto nothing = sessions_.end(empty, at);
    found_.expect(nothing && nothing->final_chunk_count == 0u,
                  "a session that ends without a chunk has no final_chunk_count of 0");
  }

  void segments_are_listed_by_index() {
    const std::string id = create();
    const auto none = records_.segments(id, 0, 10);
    found_.expect(none && none->empty(), "segments gives records before any was stored");
    std::vector<SegmentRecord> all;
    for (const std::uint64_t index : {0, 1, 2, 4, 7, 9, 10, 99'999, 100'000}) {
      all.push_back(record_of(index));
    }
    for (auto record = all.rbegin(); record != all.rend(); ++record) record_segment(id, *record);

    const auto listed = records_.segments(id, 0, 1000);
    found_.expect(listed && *listed == all, "segments does not give every record by rising index");
    const auto later = records_.segments(id, 3, 3);
    found_.expect(later && *later == std::vector(all.begin() + 3, all.begin() + 6),
                  "segments does not keep to its first index and limit");
    const auto from_one = records_.segments(id, 9, 1);
    found_.expect(from_one && *from_one == std::vector{all[5]},
                  "segments does not give the record at its first index");
    const auto beyond = records_.segments(id, 100'001, 10);
    found_.expect(beyond && beyond->empty(), "segments gives records below its first index");
    const auto nothing = records_.segments(id, 0, 0);
    found_.expect(nothing && nothing->empty(), "segments with limit 0 gives something");

    SegmentRecord replaced = all[1];
    replaced.kind = SegmentKind::Filler;
    replaced.size_bytes = 1;
    record_segment(id, replaced);
    const auto after = records_.segments(id, 1, 1);
    found_.expect(after && *after == std::vector{replaced},
                  "recording a segment again does not replace the record");
    const auto count = records_.segments(id, 0, 1000);
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
    found_.expect_success(sessions_.end(id, kCreated), "end");
    record_segment(id, record_of(5));
    expect_segments(id, 6, "after a segment that followed the end");
  }

  void renditions_are_kept_apart() {
    const std::string id = create();
    std::vector<SegmentRecord> all;
    for (const std::uint64_t index : {0, 1}) {
      for (const char* rendition : {"", "360p", "720p"}) {
        all.push_back(record_of(index));
        all.back().rendition = rendition;
        all.back().size_bytes += all.size();
      }
    }
    for (auto record = all.rbegin(); record != all.rend(); ++record) record_segment(id, *record);
    const auto listed = records_.segments(id, 0, 10);
    found_.expect(listed && *listed == all,
                  "segments does not give each rendition by rising index and name");
    expect_segments(id, 2, "with several renditions of each segment");
    record_segment(id, record_of(3));
    SegmentRecord other = record_of(2);
    other.rendition = "360p";
    record_segment(id, other);
    expect_segments(id, 4, "after a hole was filled by another rendition");
  }

  void sessions_are_independent() {
    const std::string one = create();
    const std::string other = create();
    record_chunk(one, 0);
    record_segment(one, record_of(0));
    found_.expect_success(sessions_.end(one, kCreated), "end");
    expect_chunks(other, 0, "after a chunk of another session");
    const auto listed = records_.segments(other, 0, 10);
    found_.expect(listed && listed->empty(), "segments gives another session's records");
    const auto found = sessions_.find(other);
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
        found_.expect_success(records_.progress(id), "progress beside writers");
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
      const auto ended = sessions_.end(id, kCreated + std::chrono::seconds(thread));
      if (found_.expect_success(ended, "end from several threads")) {
        answers[static_cast<std::size_t>(thread)] = *ended;
      }
    });
    for (const Session& answer : answers) {
      const Session& first = answers.front();
      found_.expect(
          answer.ended_at == first.ended_at && answer.final_chunk_count == first.final_chunk_count,
          "ends from several threads do not agree");
    }
  }

  StreamRecords& records_;
  SessionStore& sessions_;
  Findings found_;
};

}  // namespace

Violations check_stream_records(StreamRecords& records, SessionStore& sessions) {
  return StreamRecordsCheck(records, sessions).run();
}

}  // namespace streamkit::testing
