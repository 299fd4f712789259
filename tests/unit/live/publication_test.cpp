#include <streamkit/live/publication.hpp>

#include <gtest/gtest.h>

#include <array>
#include <streamkit/live/live_streams.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <thread>

#include "live/flaky_live_stream_store.hpp"

namespace streamkit::live {
namespace {

using namespace std::chrono_literals;

constexpr auto kPending = LiveStreamState::PendingIngest;
constexpr auto kActive = LiveStreamState::Active;
constexpr auto kEnded = LiveStreamState::EndedGracefully;
constexpr auto kError = LiveStreamState::Error;

class PublicationTest : public ::testing::Test {
 protected:
  LiveStreams& streams() {
    if (!streams_) streams_ = std::make_unique<LiveStreams>(store_, options_, context_);
    return *streams_;
  }
  /// As after a crash: nothing is written any more.
  void crash() {
    store_.failing_updates = true;
    streams_.reset();
    store_.failing_updates = false;
  }
  std::string create(PublishConflict rule = PublishConflict::ReplaceSilent) {
    auto created = streams().create({.on_conflict = rule});
    EXPECT_TRUE(created) << created.error().message;
    return created ? created->stream.id : std::string();
  }
  std::optional<Publication> begin(const std::string& id) {
    auto publication = streams().begin_publish({id}, "192.0.2.1");
    if (!publication) {
      rejection_ = publication.error();
      return {};
    }
    return *std::move(publication);
  }
  std::optional<Publication> begin_with_media(const std::string& id) {
    auto publication = begin(id);
    EXPECT_TRUE(publication) << rejection_.message;
    if (publication) publication->note_media(clock_.steady_now());
    return publication;
  }
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    streams().sweep(clock_.steady_now());
  }
  LiveStreamStatus status(const std::string& id) {
    const auto stream = streams().find(id);
    EXPECT_TRUE(stream) << stream.error().message;
    return stream ? stream->status : LiveStreamStatus{};
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  const Context context_{&logger_, &metrics_, &clock_};
  FlakyLiveStreamStore store_;
  LiveStreamsOptions options_;
  Error rejection_;
  std::unique_ptr<LiveStreams> streams_;
};

// The states, each as a stream comes to it. P: PENDING_INGEST, A: ACTIVE, E: ENDED_GRACEFULLY, X:
// ERROR; '+': a publisher is connected.
enum class Phase { P, PPlus, APlus, A, Reconnected, E, EPlus, X, XPlus, Deleted };
enum class Event { Begin, Media, Goodbye, Lost, Failed, Silence, GraceOver, End, Revoke };

constexpr std::size_t kEvents = 9;
struct Row {
  Phase from;
  std::string_view before;
  std::array<std::string_view, kEvents> after;  // "": cannot happen
};

// Silence is 9 s, the grace time 10 s. A begin beside a healthy publisher is rejected.
constexpr std::array kTable = {
    //                      begin  media goodbye lost failed silence grace end  revoke
    Row{Phase::P, "P", {"P+", "", "", "", "", "P", "P", "P", "E"}},
    Row{Phase::PPlus, "P+", {"P+", "A+", "P", "P", "X", "P", "P", "P", "E"}},
    Row{Phase::APlus, "A+", {"A+", "A+", "E", "A", "X", "A", "A", "E", "E"}},
    Row{Phase::A, "A", {"A+", "", "", "", "", "A", "X", "E", "E"}},
    Row{Phase::Reconnected, "A+", {"A+", "A+", "E", "A", "X", "A", "X", "E", "E"}},
    Row{Phase::E, "E", {"E+", "", "", "", "", "E", "E", "E", "E"}},
    Row{Phase::EPlus, "E+", {"E+", "A+", "E", "E", "X", "E", "E", "E", "E"}},
    Row{Phase::X, "X", {"X+", "", "", "", "", "X", "X", "X", "X"}},
    Row{Phase::XPlus, "X+", {"X+", "A+", "X", "X", "X", "X", "X", "X", "X"}},
    Row{Phase::Deleted, "E", {"E", "", "", "", "", "E", "E", "E", "E"}},
};

class StateTableTest : public PublicationTest {
 protected:
  void reach(Phase phase) {
    id_ = create();
    publication_.reset();
    if (phase == Phase::P) return;
    if (phase == Phase::Deleted) {
      EXPECT_TRUE(streams().revoke(id_));
      return;
    }
    publication_ = begin(id_);
    if (phase == Phase::PPlus) return;
    publication_->note_media(clock_.steady_now());
    if (phase == Phase::APlus) return;
    const bool ended = phase == Phase::E || phase == Phase::EPlus;
    publication_->finish(ended ? PublishEnd::Goodbye : PublishEnd::Lost);
    if (phase == Phase::X || phase == Phase::XPlus) pass(10s);
    const bool reconnects =
        phase == Phase::EPlus || phase == Phase::XPlus || phase == Phase::Reconnected;
    if (reconnects) publication_ = begin(id_);
  }

  void happen(Event event) {
    switch (event) {
      case Event::Begin:
        second_ = begin(id_);
        break;
      case Event::Media:
        publication_->note_media(clock_.steady_now());
        break;
      case Event::Goodbye:
        publication_->finish(PublishEnd::Goodbye);
        break;
      case Event::Lost:
        publication_->finish(PublishEnd::Lost);
        break;
      case Event::Failed:
        publication_->finish(PublishEnd::Failed, "the codec cannot be carried");
        break;
      case Event::Silence:
        pass(9s);
        break;
      case Event::GraceOver:
        pass(10s);
        break;
      case Event::End:
        EXPECT_TRUE(streams().end(id_));
        break;
      case Event::Revoke:
        EXPECT_TRUE(streams().revoke(id_));
        break;
    }
  }

  std::string now() {
    const std::string letter(1, "PAEX"[static_cast<int>(status(id_).state)]);
    return letter + (streams().publisher_of(id_) ? "+" : "");
  }

  std::string id_;
  std::optional<Publication> publication_;
  std::optional<Publication> second_;
};

TEST_F(StateTableTest, EveryEventInEveryStateLeadsToOneState) {
  for (const Row& row : kTable) {
    for (std::size_t column = 0; column < kEvents; ++column) {
      if (row.after[column].empty()) continue;
      const auto what = std::string(row.before) + " of row " +
                        std::to_string(static_cast<int>(row.from)) + ", event " +
                        std::to_string(column);
      reach(row.from);
      EXPECT_EQ(now(), row.before) << what;
      const LiveStreamStatus before = status(id_);
      happen(static_cast<Event>(column));
      EXPECT_EQ(now(), row.after[column]) << what;
      const LiveStreamStatus after = status(id_);
      const bool begins = before.state != kActive && after.state == kActive;
      EXPECT_EQ(after.broadcasts, before.broadcasts + (begins ? 1 : 0)) << what;
      EXPECT_EQ(after.ended_at.has_value(), after.state != kPending && after.state != kActive)
          << what;
      EXPECT_EQ(after.reason.empty(), !after.ended_at.has_value()) << what;
      if (after.state == before.state && after.state != kError) {
        EXPECT_EQ(after, before) << what;
      }
      streams().sweep(clock_.steady_now());
      EXPECT_EQ(store_.find(id_)->status, after) << what << ": the store";
      second_.reset();
      publication_.reset();
    }
  }
}

TEST_F(PublicationTest, TheFirstMediaBeginsTheBroadcast) {
  const std::string id = create();
  clock_.advance(1s);
  auto publication = begin(id);
  ASSERT_TRUE(publication);
  EXPECT_EQ(publication->stream().id, id);
  EXPECT_FALSE(publication->continues());
  EXPECT_EQ(streams().publisher_of(id)->remote_address, "192.0.2.1");
  EXPECT_EQ(status(id).state, kPending);
  clock_.advance(1s);
  publication->note_media(clock_.steady_now());
  const auto active = status(id);
  EXPECT_EQ(active.state, kActive);
  EXPECT_EQ(active.started_at, clock_.system_now());
  EXPECT_EQ(active.broadcasts, 1u);
  clock_.advance(1s);
  publication->note_media(clock_.steady_now());
  EXPECT_EQ(status(id), active);
}

TEST_F(PublicationTest, AGoodbyeEndsTheStreamImmediatelyAndItMayBeginAgain) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  clock_.advance(5s);
  publication->finish(PublishEnd::Goodbye);
  publication->finish(PublishEnd::Failed, "too late");
  const auto ended = status(id);
  EXPECT_EQ(ended.state, kEnded);
  EXPECT_EQ(ended.reason, "the publisher ended it");
  EXPECT_EQ(ended.ended_at, clock_.system_now());
  clock_.advance(1h);
  auto again = begin_with_media(id);
  EXPECT_FALSE(again->continues());
  EXPECT_EQ(status(id).broadcasts, 2u);
  EXPECT_EQ(status(id).started_at, clock_.system_now());
  EXPECT_EQ(status(id).ended_at, std::nullopt);
}

TEST_F(PublicationTest, AGoodbyeMayHaveAGraceTimeToo) {
  options_.goodbye_grace = 2s;
  const std::string id = create();
  begin_with_media(id)->finish(PublishEnd::Goodbye);
  pass(1999ms);
  EXPECT_EQ(status(id).state, kActive);
  auto again = begin_with_media(id);
  EXPECT_TRUE(again->continues());
  again->finish(PublishEnd::Goodbye);
  pass(2s);
  EXPECT_EQ(status(id).state, kEnded);
  EXPECT_EQ(status(id).broadcasts, 1u);
}

TEST_F(PublicationTest, TheTimelineContinuesForAPublisherThatComesBackInTime) {
  const std::string id = create();
  begin_with_media(id)->finish(PublishEnd::Lost, "the connection was reset");
  pass(9999ms);
  EXPECT_EQ(status(id).state, kActive);
  auto back = begin_with_media(id);
  EXPECT_TRUE(back->continues());
  pass(1s);
  const auto now = status(id);
  EXPECT_EQ(now.state, kActive);
  EXPECT_EQ(now.broadcasts, 1u);
  EXPECT_EQ(metrics_.counter("streamkit_publishers_total{how=\"resumed\"}"), 1);
}

TEST_F(PublicationTest, AStreamWhosePublisherStaysAwayEndsInErrorWithTheReason) {
  const std::string id = create();
  begin_with_media(id)->finish(PublishEnd::Lost, "the connection was reset");
  pass(10s);
  const auto ended = status(id);
  EXPECT_EQ(ended.state, kError);
  EXPECT_EQ(ended.reason, "the connection was reset");
  EXPECT_EQ(ended.ended_at, clock_.system_now());
  EXPECT_EQ(metrics_.counter("streamkit_live_broadcasts_ended_total{state=\"ERROR\"}"), 1);
}

TEST_F(PublicationTest, DestructionCountsAsALoss) {
  const std::string id = create();
  begin_with_media(id).reset();
  EXPECT_FALSE(streams().publisher_of(id));
  pass(10s);
  EXPECT_EQ(status(id).reason, "the connection was lost");
}

TEST_F(PublicationTest, APublisherWithoutMediaDoesNotExtendTheGraceTime) {
  const std::string id = create();
  begin_with_media(id)->finish(PublishEnd::Lost);
  for (int i = 0; i < 9; ++i) {
    begin(id)->finish(PublishEnd::Lost);
    pass(1s);
  }
  EXPECT_EQ(status(id).state, kActive);
  auto connected = begin(id);
  pass(1s);
  EXPECT_EQ(status(id).state, kActive) << "it is connected and may still send";
  connected->finish(PublishEnd::Lost);
  pass(0s);
  EXPECT_EQ(status(id).state, kError);
}

TEST_F(PublicationTest, AHealthyPublisherIsProtected) {
  const std::string id = create();
  auto first = begin_with_media(id);
  clock_.advance(1999ms);
  EXPECT_FALSE(begin(id));
  EXPECT_EQ(rejection_.code, ErrorCode::AlreadyExists);
  EXPECT_EQ(rejection_.message, "another publisher is sending this stream");
  EXPECT_FALSE(first->revoked().stop_requested());
  EXPECT_EQ(metrics_.counter("streamkit_publishers_rejected_total{reason=\"conflict\"}"), 1);
  first->note_media(clock_.steady_now());
  clock_.advance(1s);
  EXPECT_FALSE(begin(id));
}

TEST_F(PublicationTest, TheNewestPublisherTakesOverFromASilentOne) {
  const std::string id = create();
  auto first = begin_with_media(id);
  clock_.advance(2s);
  auto second = begin(id);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->continues());
  EXPECT_TRUE(first->revoked().stop_requested());
  EXPECT_EQ(first->revoked_reason(), "another publisher took over");
  EXPECT_EQ(second->revoked_reason(), "");
  first->note_media(clock_.steady_now());
  first->finish(PublishEnd::Goodbye);
  EXPECT_EQ(status(id).state, kActive) << "the first one has no say any more";
  EXPECT_TRUE(streams().publisher_of(id));
  second->note_media(clock_.steady_now());
  second->finish(PublishEnd::Goodbye);
  EXPECT_EQ(status(id).state, kEnded);
  EXPECT_EQ(status(id).broadcasts, 1u);
}

TEST_F(PublicationTest, ATakeoverBeforeAnyMediaIsPossibleToo) {
  const std::string id = create();
  auto first = begin(id);
  EXPECT_FALSE(begin(id));
  clock_.advance(2s);
  auto second = begin_with_media(id);
  EXPECT_TRUE(first->revoked().stop_requested());
  EXPECT_EQ(status(id).state, kActive);
}

TEST_F(PublicationTest, TheRuleForConflictsIsAChoiceOfTheStream) {
  const std::string replace = create(PublishConflict::Replace);
  auto healthy = begin_with_media(replace);
  EXPECT_TRUE(begin(replace));
  EXPECT_TRUE(healthy->revoked().stop_requested());

  const std::string reject = create(PublishConflict::Reject);
  auto silent = begin_with_media(reject);
  clock_.advance(8999ms);
  EXPECT_FALSE(begin(reject));
  EXPECT_FALSE(silent->revoked().stop_requested());
  pass(1ms);
  EXPECT_TRUE(begin(reject)) << "it was disconnected for its silence";
}

TEST_F(PublicationTest, APublisherThatIsSilentForTooLongIsDisconnected) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  pass(8999ms);
  EXPECT_FALSE(publication->revoked().stop_requested());
  pass(1ms);
  EXPECT_TRUE(publication->revoked().stop_requested());
  EXPECT_EQ(publication->revoked_reason(), "nothing was sent for 9 s");
  EXPECT_EQ(status(id).state, kActive);
  pass(10s);
  EXPECT_EQ(status(id).state, kError);
  EXPECT_EQ(status(id).reason, "nothing was sent for 9 s");
}

TEST_F(PublicationTest, MediaKeepsAPublisherConnected) {
  const std::string id = create();
  auto publication = begin(id);
  for (int i = 0; i < 30; ++i) {
    publication->note_media(clock_.steady_now());
    pass(1s);
  }
  EXPECT_FALSE(publication->revoked().stop_requested());
  EXPECT_EQ(status(id).state, kActive);
}

TEST_F(PublicationTest, DeletingAStreamDisconnectsItsPublisher) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  ASSERT_TRUE(streams().revoke(id));
  EXPECT_TRUE(publication->revoked().stop_requested());
  EXPECT_EQ(publication->revoked_reason(), "the stream has ended: it was deleted");
  EXPECT_EQ(status(id).state, kEnded);
  EXPECT_FALSE(begin(id));
  EXPECT_EQ(rejection_.code, ErrorCode::PermissionDenied);
}

TEST_F(PublicationTest, AStreamThatItsOwnerEndedMayBeginAgain) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  ASSERT_TRUE(streams().end(id));
  EXPECT_TRUE(publication->revoked().stop_requested());
  EXPECT_EQ(status(id).reason, "its owner ended it");
  begin_with_media(id);
  EXPECT_EQ(status(id).broadcasts, 2u);
}

TEST_F(PublicationTest, AStopCallbackMayUseTheRegistry) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  LiveStreamState seen = kPending;
  std::stop_callback closes(publication->revoked(), [&] {
    publication->finish(PublishEnd::Lost);
    seen = status(id).state;
  });
  ASSERT_TRUE(streams().end(id));
  EXPECT_EQ(seen, kEnded);
}

TEST_F(PublicationTest, ReportsEachChangeOfState) {
  std::vector<LiveStreamState> changes;
  options_.on_change = [&](const LiveStream& stream) { changes.push_back(stream.status.state); };
  const std::string id = create();
  auto publication = begin_with_media(id);
  publication->note_media(clock_.steady_now());
  publication->finish(PublishEnd::Lost);
  pass(10s);
  begin_with_media(id)->finish(PublishEnd::Goodbye);
  EXPECT_EQ(changes, (std::vector{kActive, kError, kActive, kEnded}));
}

TEST_F(PublicationTest, PublisherAndStreamsAreMeasured) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  pass(0s);
  EXPECT_EQ(metrics_.gauge("streamkit_live_streams_active"), 1);
  EXPECT_EQ(metrics_.gauge("streamkit_publishers_connected"), 1);
  publication->finish(PublishEnd::Lost);
  pass(0s);
  EXPECT_EQ(metrics_.gauge("streamkit_live_streams_active"), 1);
  EXPECT_EQ(metrics_.gauge("streamkit_publishers_connected"), 0);
  EXPECT_EQ(metrics_.counter("streamkit_live_broadcasts_total"), 1);
  EXPECT_EQ(metrics_.counter("streamkit_publishers_lost_total"), 1);
}

TEST_F(PublicationTest, ASilentStreamOfAnEarlierRunEndsUnlessItsPublisherComesBack) {
  const std::string lost = create();
  const std::string back = create();
  const std::string over = create();
  auto one = begin_with_media(lost);
  auto two = begin_with_media(back);
  begin_with_media(over)->finish(PublishEnd::Goodbye);
  pass(0s);
  one.reset();
  two.reset();
  crash();

  ASSERT_TRUE(streams().recover(clock_.steady_now()));
  EXPECT_EQ(status(lost).state, kActive);
  pass(9s);
  auto publication = begin_with_media(back);
  EXPECT_TRUE(publication->continues());
  pass(1s);
  EXPECT_EQ(status(lost).state, kError);
  EXPECT_EQ(status(lost).reason, "the server restarted");
  EXPECT_EQ(status(back).state, kActive);
  EXPECT_EQ(status(back).broadcasts, 1u);
  EXPECT_EQ(status(over).state, kEnded);
}

TEST_F(PublicationTest, ARunThatEndsWritesItsLastStates) {
  const std::string id = create();
  begin_with_media(id)->finish(PublishEnd::Goodbye);
  EXPECT_EQ(store_.find(id)->status.state, kPending) << "not before the next sweep";
  streams_.reset();
  EXPECT_EQ(store_.find(id)->status.state, kEnded);
}

TEST_F(PublicationTest, WhatCannotBeWrittenIsTriedAgainAndLoggedOnce) {
  const std::string id = create();
  auto publication = begin_with_media(id);
  store_.failing_updates = true;
  for (int i = 0; i < 3; ++i) pass(250ms);
  EXPECT_EQ(logger_.count(LogLevel::Error), 1u);
  EXPECT_EQ(status(id).state, kActive);
  publication->finish(PublishEnd::Goodbye);
  pass(250ms);
  EXPECT_EQ(status(id).state, kEnded);
  store_.failing_updates = false;
  pass(250ms);
  EXPECT_EQ(store_.find(id)->status.state, kEnded);
  const int updates = store_.updates;
  pass(250ms);
  EXPECT_EQ(store_.updates, updates) << "an idle registry writes nothing";
}

// Publishers come and go on several threads while the stream is swept and ended: at most one is
// connected, and in the end memory and store agree.
TEST_F(PublicationTest, ManyThreadsAgree) {
  const std::string id = create(PublishConflict::Replace);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 200; ++i) {
          auto publication = streams().begin_publish({id}, "192.0.2.1");
          ASSERT_TRUE(publication) << publication.error().message;
          publication->note_media(clock_.steady_now());
          if ((i + thread) % 3 == 0) publication->finish(PublishEnd::Goodbye);
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        streams().sweep(clock_.steady_now());
        if (i % 10 == 0) {
          EXPECT_TRUE(streams().end(id));
        }
      }
    });
  }
  pass(10s);
  EXPECT_FALSE(streams().publisher_of(id));
  EXPECT_NE(status(id).state, kActive);
  EXPECT_EQ(store_.find(id)->status, status(id));
  ASSERT_TRUE(streams().revoke(id));
  EXPECT_FALSE(begin(id));
}

}  // namespace
}  // namespace streamkit::live
