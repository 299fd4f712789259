#pragma once

#include <chrono>
#include <random>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "testing/findings.hpp"

namespace streamkit::testing {

/// Returns an id that no other session has.
[[nodiscard]] std::string random_session_id();

// Returns a time decades ago, on a random day: every other session in the store is younger.
inline WallTime long_ago() {
  constexpr std::int64_t kDays = 5000;
  std::random_device device;
  const auto day = std::uniform_int_distribution<std::int64_t>(1, kDays)(device);
  return WallTime{} + std::chrono::hours(24 * day);
}

inline std::vector<std::string> ids_of(const std::vector<Session>& sessions) {
  std::vector<std::string> ids;
  for (const Session& session : sessions) ids.push_back(session.id);
  return ids;
}

/// Steps shared by the checks of sessions; a step that fails is a finding.
class SessionSteps {
 protected:
  SessionSteps(SessionStore& sessions, Findings& found) : sessions_(sessions), found_(found) {}

  std::string create(WallTime at) {
    const Session session{.id = random_session_id(), .created_at = at, .control_token = "control"};
    found_.expect_success(sessions_.create(session), "create");
    return session.id;
  }

  std::string create_ended(WallTime at) {
    const std::string id = create(at - std::chrono::minutes(1));
    end(id, at);
    return id;
  }

  void end(const std::string& id, WallTime at) {
    found_.expect_success(sessions_.end(id, at), "end");
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
    const auto session = sessions_.find(id);
    return session && !session->ended_at;
  }

  SessionStore& sessions_;
  Findings& found_;
};

/// The same for sessions with chunks.
class StreamSteps : protected SessionSteps {
 protected:
  StreamSteps(SessionStore& sessions, StreamRecords& records, Findings& found)
      : SessionSteps(sessions, found), records_(records) {}

  void record(const std::string& id, std::uint64_t index, WallTime at) {
    found_.expect_success(records_.record_chunk(id, index, at), "record_chunk");
  }

  StreamRecords& records_;
};

}  // namespace streamkit::testing
