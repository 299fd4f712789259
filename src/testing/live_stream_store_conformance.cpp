#include <algorithm>
#include <atomic>
#include <streamkit/testing/conformance.hpp>

#include "testing/session_steps.hpp"

namespace streamkit::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// 2026-01-02T03:04:05.678Z
constexpr WallTime kCreated{std::chrono::milliseconds(1'767'323'045'678)};
constexpr std::size_t kMany = 1'000'000;

class LiveStreamStoreCheck {
 public:
  LiveStreamStoreCheck(LiveStreamStore& streams, SessionStore& sessions)
      : streams_(streams), sessions_(sessions) {}

  Violations run() && {
    streams_are_found_as_created();
    ids_are_checked_and_unique();
    ids_are_shared_with_sessions();
    unknown_streams_are_not_found();
    streams_are_found_by_their_key();
    a_status_is_replaced();
    a_revoked_stream_has_no_key();
    streams_are_paged_by_id();
    streams_are_listed_by_state_and_end();
    streams_are_counted_until_revoked();
    removed_streams_leave_nothing();
    concurrent_creates_let_one_win();
    return std::move(found_).take();
  }

 private:
  // 64 hexadecimal digits that no other stream has.
  static std::string random_hash() {
    std::string hash;
    for (const char c : random_session_id() + random_session_id() + random_session_id()) {
      hash += "0123456789abcdef"[static_cast<unsigned char>(c) % 16];
    }
    hash.resize(64, '0');
    return hash;
  }

  static LiveStream plain_stream() {
    return {.id = random_session_id(), .key_sha256 = random_hash(), .created_at = kCreated};
  }

  static LiveStream full_stream() {
    return {.id = random_session_id(),
            .name = "Sunday '\"%;-- \xc3\xa9",
            .key_sha256 = random_hash(),
            .on_conflict = PublishConflict::Reject,
            .ladder = "1080,720,480",
            .dvr = seconds(7200),
            .record = true,
            .stereo = LiveStereo{.mode = StereoMode::HalfSbs,
                                 .choice = {.divergence = 2.5, .depth = DepthSource::Cues},
                                 .chunk_duration = std::chrono::milliseconds(2500)},
            .source = "rtsp://user:pass@camera.example/1?x=%20'",
            .api_key = "studio",
            .created_at = kCreated,
            .status = {.state = LiveStreamState::Error,
                       .reason = "the connection was lost",
                       .broadcasts = 3,
                       .started_at = kCreated + seconds(1),
                       .ended_at = kCreated + seconds(60)}};
  }

  LiveStream create(const LiveStream& stream) {
    found_.expect_success(streams_.create(stream), "create of a live stream");
    return stream;
  }

  void expect_found(const LiveStream& stream, std::string_view otherwise) {
    const auto found = streams_.find(stream.id);
    if (!found_.expect_success(found, "find of a live stream")) return;
    found_.expect(*found == stream, otherwise);
  }

  void streams_are_found_as_created() {
    expect_found(create(plain_stream()), "find gives another live stream than was created");
    expect_found(create(full_stream()), "find loses a part of a live stream");
    LiveStream open = plain_stream();
    open.key_sha256.clear();
    open.open = true;
    open.dvr = seconds(0);
    open.stereo = LiveStereo{};
    expect_found(create(open), "find gives another open live stream than was created");
    LiveStream other = open;
    other.id = random_session_id();
    expect_found(create(other), "a second live stream without a key is not kept");
    for (const auto rule :
         {PublishConflict::ReplaceSilent, PublishConflict::Replace, PublishConflict::Reject}) {
      LiveStream stream = plain_stream();
      stream.on_conflict = rule;
      expect_found(create(stream), "find gives another rule for conflicts");
    }
  }

  void ids_are_checked_and_unique() {
    for (const std::string& id : {std::string(), std::string("a/b"), std::string(".."),
                                  std::string("%41"), std::string("a b"), std::string(65, 'a')}) {
      LiveStream stream = plain_stream();
      stream.id = id;
      found_.expect_error(streams_.create(stream), ErrorCode::InvalidArgument,
                          "create with the invalid id '" + id + "'");
    }
    const LiveStream first = create(full_stream());
    LiveStream second = plain_stream();
    second.id = first.id;
    found_.expect_error(streams_.create(second), ErrorCode::AlreadyExists,
                        "create with the id of a live stream");
    expect_found(first, "a rejected create changes the live stream");
    found_.expect_error(streams_.find_by_key_hash(second.key_sha256), ErrorCode::NotFound,
                        "find_by_key_hash of a rejected live stream");
    LiveStream third = plain_stream();
    third.key_sha256 = first.key_sha256;
    found_.expect_error(streams_.create(third), ErrorCode::AlreadyExists,
                        "create with the key of another live stream");
    found_.expect_error(streams_.find(third.id), ErrorCode::NotFound,
                        "find of a live stream that was rejected for its key");
  }

  void ids_are_shared_with_sessions() {
    const Session session{
        .id = random_session_id(), .created_at = kCreated, .control_token = "control"};
    found_.expect_success(sessions_.create(session), "create of a session");
    LiveStream stream = plain_stream();
    stream.id = session.id;
    found_.expect_error(streams_.create(stream), ErrorCode::AlreadyExists,
                        "create of a live stream with the id of a session");
    found_.expect_error(streams_.find(session.id), ErrorCode::NotFound,
                        "find of a live stream with the id of a session");
    Session late = session;
    late.id = create(plain_stream()).id;
    found_.expect_error(sessions_.create(late), ErrorCode::AlreadyExists,
                        "create of a session with the id of a live stream");
    found_.expect_error(sessions_.find(late.id), ErrorCode::NotFound,
                        "find of a session with the id of a live stream");
    found_.expect_success(streams_.remove(late.id), "remove of a live stream");
    found_.expect_success(sessions_.create(late), "create of a session with a free id");
  }

  void unknown_streams_are_not_found() {
    const ErrorCode code = ErrorCode::NotFound;
    for (const std::string& id : {random_session_id(), std::string("../x")}) {
      const std::string of = " of an unknown live stream";
      found_.expect_error(streams_.find(id), code, "find" + of);
      found_.expect_error(streams_.update(id, {}), code, "update" + of);
      found_.expect_error(streams_.revoke(id, kCreated), code, "revoke" + of);
      found_.expect_success(streams_.remove(id), "remove" + of);
    }
  }

  void streams_are_found_by_their_key() {
    const LiveStream stream = create(full_stream());
    const auto found = streams_.find_by_key_hash(stream.key_sha256);
    if (found_.expect_success(found, "find_by_key_hash")) {
      found_.expect(*found == stream, "find_by_key_hash gives another live stream");
    }
    for (const std::string& hash :
         {std::string(), random_hash(), stream.key_sha256.substr(1), stream.id}) {
      found_.expect_error(streams_.find_by_key_hash(hash), ErrorCode::NotFound,
                          "find_by_key_hash of an unknown key");
    }
  }

  void a_status_is_replaced() {
    LiveStream stream = create(full_stream());
    const LiveStream beside = create(full_stream());
    for (const auto state : {LiveStreamState::PendingIngest, LiveStreamState::Active,
                             LiveStreamState::EndedGracefully, LiveStreamState::Error}) {
      stream.status = {.state = state, .broadcasts = 4, .started_at = kCreated + seconds(70)};
      found_.expect_success(streams_.update(stream.id, stream.status), "update");
      expect_found(stream, "update does not replace the whole status, or more than it");
    }
    stream.status.reason = "the publisher sent nothing for 10 s";
    stream.status.ended_at = kCreated + seconds(90);
    found_.expect_success(streams_.update(stream.id, stream.status), "update");
    expect_found(stream, "update loses the end of a live stream");
    expect_found(beside, "update changes another live stream");
  }

  void a_revoked_stream_has_no_key() {
    LiveStream stream = create(full_stream());
    const std::string hash = stream.key_sha256;
    found_.expect_success(streams_.revoke(stream.id, kCreated + hours(1)), "revoke");
    found_.expect_success(streams_.revoke(stream.id, kCreated + hours(2)), "revoke again");
    stream.key_sha256.clear();
    stream.revoked_at = kCreated + hours(1);
    expect_found(stream, "revoke does not forget the key and keep the rest");
    found_.expect_error(streams_.find_by_key_hash(hash), ErrorCode::NotFound,
                        "find_by_key_hash of a revoked key");
    found_.expect_success(streams_.update(stream.id, stream.status), "update after revoke");
    expect_found(stream, "update after revoke undoes it");
  }

  std::vector<std::string> ids_of(const LiveStreamQuery& query) {
    const auto streams = streams_.list(query);
    std::vector<std::string> ids;
    if (!found_.expect_success(streams, "list of live streams")) return ids;
    for (const LiveStream& stream : *streams) ids.push_back(stream.id);
    found_.expect(std::is_sorted(ids.begin(), ids.end()),
                  "list of live streams is not ordered by id");
    return ids;
  }

  void streams_are_paged_by_id() {
    std::vector<std::string> created;
    for (int i = 0; i < 3; ++i) created.push_back(create(full_stream()).id);
    const auto all = ids_of({.limit = kMany});
    for (const std::string& id : created) {
      found_.expect(std::count(all.begin(), all.end(), id) == 1,
                    "list does not give each live stream once");
    }
    std::vector<std::string> paged;
    while (paged.size() <= all.size()) {
      const auto page =
          ids_of({.after_id = paged.empty() ? std::string() : paged.back(), .limit = 2});
      found_.expect(page.size() <= 2, "list of live streams exceeds its limit");
      if (page.empty()) break;
      paged.insert(paged.end(), page.begin(), page.end());
    }
    found_.expect(paged == all, "pages of live streams differ from the whole list");
  }

  void streams_are_listed_by_state_and_end() {
    const WallTime ended = long_ago();
    LiveStream active = full_stream();
    active.status = {.state = LiveStreamState::Active, .broadcasts = 1, .started_at = ended};
    LiveStream over = full_stream();
    over.status = {.state = LiveStreamState::EndedGracefully, .ended_at = ended};
    create(active);
    create(over);
    const auto has = [](const std::vector<std::string>& ids, const LiveStream& stream) {
      return std::count(ids.begin(), ids.end(), stream.id) == 1;
    };
    const auto now_active = ids_of({.state = LiveStreamState::Active, .limit = kMany});
    found_.expect(has(now_active, active) && !has(now_active, over),
                  "list by state gives live streams of another state");
    const auto old = ids_of({.ended_before = ended + seconds(1), .limit = kMany});
    found_.expect(has(old, over) && !has(old, active), "list by end misses the ended live stream");
    found_.expect(!has(ids_of({.ended_before = ended, .limit = kMany}), over),
                  "list by end gives a live stream that ended at that time");
  }

  void streams_are_counted_until_revoked() {
    const auto before = streams_.count();
    if (!found_.expect_success(before, "count of live streams")) return;
    const LiveStream stream = create(plain_stream());
    LiveStream open = plain_stream();
    open.key_sha256.clear();
    open.open = true;
    create(open);
    const auto with = streams_.count();
    found_.expect(with && with->all == before->all + 2 && with->open == before->open + 1,
                  "count misses created live streams");
    found_.expect_success(streams_.revoke(stream.id, kCreated), "revoke");
    found_.expect_success(streams_.remove(open.id), "remove of a live stream");
    const auto after = streams_.count();
    found_.expect(after && after->all == before->all && after->open == before->open,
                  "count includes revoked or removed live streams");
  }

  void removed_streams_leave_nothing() {
    const LiveStream stream = create(full_stream());
    found_.expect_success(streams_.remove(stream.id), "remove of a live stream");
    found_.expect_success(streams_.remove(stream.id), "remove of a removed live stream");
    found_.expect_error(streams_.find(stream.id), ErrorCode::NotFound,
                        "find of a removed live stream");
    found_.expect_error(streams_.find_by_key_hash(stream.key_sha256), ErrorCode::NotFound,
                        "find_by_key_hash of a removed live stream");
    expect_found(create(stream), "a removed live stream cannot be created again");
  }

  void concurrent_creates_let_one_win() {
    const LiveStream stream = full_stream();
    std::atomic<int> created = 0;
    run_on_threads(4, [&](int) {
      const auto outcome = streams_.create(stream);
      if (outcome) {
        ++created;
      } else {
        found_.expect_error(outcome, ErrorCode::AlreadyExists, "create beside the same create");
      }
    });
    found_.expect(created == 1, "several creates of one live stream succeed");
  }

  LiveStreamStore& streams_;
  SessionStore& sessions_;
  Findings found_;
};

}  // namespace

Violations check_live_stream_store(LiveStreamStore& streams, SessionStore& sessions) {
  return LiveStreamStoreCheck(streams, sessions).run();
}

}  // namespace streamkit::testing
