#include <atomic>
#include <streamkit/testing/conformance.hpp>

#include "testing/session_steps.hpp"

namespace streamkit::testing {
namespace {

// 2026-01-02T03:04:05.678Z
constexpr WallTime kCreated{std::chrono::milliseconds(1'767'323'045'678)};

bool same(const Session& a, const Session& b) {
  return a.id == b.id && a.mode == b.mode && a.stereo == b.stereo &&
         a.chunk_duration == b.chunk_duration && a.created_at == b.created_at &&
         a.control_token == b.control_token && a.ended_at == b.ended_at &&
         a.final_chunk_count == b.final_chunk_count;
}

class SessionStoreCheck {
 public:
  explicit SessionStoreCheck(SessionStore& sessions) : sessions_(sessions) {}

  Violations run() && {
    sessions_are_found_as_created();
    choices_of_views_are_kept();
    ids_are_checked_and_unique();
    unknown_sessions_are_not_found();
    credentials_are_found_by_key();
    the_first_end_counts();
    concurrent_ends_agree();
    concurrent_creates_let_one_win();
    return std::move(found_).take();
  }

 private:
  Session make_session() {
    return {.id = random_session_id(), .created_at = kCreated, .control_token = "control"};
  }

  std::string create() {
    const Session session = make_session();
    found_.expect_success(sessions_.create(session), "create");
    return session.id;
  }

  void sessions_are_found_as_created() {
    for (const StereoModeInfo& mode : stereo_modes()) {
      Session session = make_session();
      session.mode = mode.mode;
      session.chunk_duration = from_ticks(1001 * 60, 1, 30'000);
      session.control_token = "t0ken '\"%;-- \xc3\xa9";
      if (!found_.expect_success(sessions_.create(session), "create")) continue;
      const auto found = sessions_.find(session.id);
      if (!found_.expect_success(found, "find")) continue;
      found_.expect(same(*found, session), "find gives another session than was created");
    }
  }

  void choices_of_views_are_kept() {
    Session session = make_session();
    session.stereo = {.divergence = 1.0 / 3,
                      .convergence = Convergence{.depth = 0.1},
                      .depth = DepthSource::Onnx,
                      .synthetic_view = SyntheticView::Right,
                      .screen_edge = ScreenEdge::FloatingWindow,
                      .edge_dilation_x_px = 0,
                      .edge_dilation_y_px = 16,
                      .ipd_offset = -10,
                      .foreground_scale = 2.9};
    found_.expect_success(sessions_.create(session), "create");
    const auto found = sessions_.find(session.id);
    found_.expect(found && same(*found, session), "find gives another stereo choice");
    const auto ended = sessions_.end(session.id, kCreated);
    found_.expect(ended && ended->stereo == session.stereo, "end gives another stereo choice");
    session = make_session();
    session.stereo.convergence = Convergence{.automatic = true};
    found_.expect_success(sessions_.create(session), "create");
    const auto automatic = sessions_.find(session.id);
    found_.expect(automatic && same(*automatic, session), "find gives another convergence");
  }

  void ids_are_checked_and_unique() {
    for (const std::string& id : {std::string(), std::string("a/b"), std::string(".."),
                                  std::string("%41"), std::string("a b"), std::string(65, 'a')}) {
      Session session = make_session();
      session.id = id;
      found_.expect_error(sessions_.create(session), ErrorCode::InvalidArgument,
                          "create with the invalid id '" + id + "'");
    }
    const Session first = make_session();
    found_.expect_success(sessions_.create(first), "create");
    Session second = first;
    second.control_token = "another";
    found_.expect_error(sessions_.create(second), ErrorCode::AlreadyExists,
                        "create with an id that exists");
    const auto found = sessions_.find(first.id);
    found_.expect(found && same(*found, first), "a rejected create changes the session");
    Session shouting = make_session();
    shouting.id = "Case-" + shouting.id;
    Session quiet = shouting;
    quiet.id.replace(0, 1, "c");
    found_.expect_success(sessions_.create(shouting), "create");
    found_.expect_success(sessions_.create(quiet), "create with an id that differs in case");
  }

  void unknown_sessions_are_not_found() {
    const ErrorCode code = ErrorCode::NotFound;
    for (const std::string& id : {random_session_id(), std::string("../x")}) {
      const std::string of = " of an unknown session";
      found_.expect_error(sessions_.find(id), code, "find" + of);
      found_.expect_error(sessions_.end(id, kCreated), code, "end" + of);
      found_.expect_error(
          sessions_.add_credentials({random_session_id(), "secret", "token", id, kCreated}), code,
          "add_credentials" + of);
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
      found_.expect_success(sessions_.add_credentials(all.back()), "add_credentials");
    }
    for (const ScopedCredentials& added : all) {
      const auto found = sessions_.find_credentials(added.access_key_id);
      if (!found_.expect_success(found, "find_credentials, expired or earlier ones too,")) continue;
      found_.expect(found->access_key_id == added.access_key_id &&
                        found->secret_access_key == added.secret_access_key &&
                        found->session_token == added.session_token && found->session_id == id &&
                        found->expires_at == added.expires_at,
                    "find_credentials gives others than were added");
    }
    found_.expect_error(sessions_.find_credentials(random_session_id()), ErrorCode::NotFound,
                        "find_credentials with an unknown key");
    found_.expect_error(sessions_.find_credentials(""), ErrorCode::NotFound,
                        "find_credentials with an empty key");
  }

  void the_first_end_counts() {
    const std::string id = create();
    const std::string other = create();
    const WallTime at = kCreated + std::chrono::seconds(20);
    const auto ended = sessions_.end(id, at);
    if (!found_.expect_success(ended, "end")) return;
    found_.expect(ended->id == id && ended->ended_at == at, "end does not give the ended session");
    found_.expect(ended->final_chunk_count == 0u,
                  "a session that ends without a chunk has no final_chunk_count of 0");
    const auto again = sessions_.end(id, at + std::chrono::hours(1));
    if (!found_.expect_success(again, "end for the second time")) return;
    found_.expect(again->ended_at == at, "a second end moves ended_at");
    const auto found = sessions_.find(id);
    found_.expect(found && same(*found, *ended), "find does not give the ended session");
    const auto beside = sessions_.find(other);
    found_.expect(beside && !beside->ended_at, "ending a session ends another");
  }

  void concurrent_ends_agree() {
    const std::string id = create();
    std::vector<Session> answers(4);
    run_on_threads(4, [&](int thread) {
      const auto ended = sessions_.end(id, kCreated + std::chrono::seconds(thread));
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
      const auto outcome = sessions_.create(session);
      if (outcome) {
        ++created;
      } else {
        found_.expect_error(outcome, ErrorCode::AlreadyExists, "create beside the same create");
      }
    });
    found_.expect(created == 1, "several creates of one id succeed");
  }

  SessionStore& sessions_;
  Findings found_;
};

}  // namespace

Violations check_session_store(SessionStore& sessions) { return SessionStoreCheck(sessions).run(); }

}  // namespace streamkit::testing
