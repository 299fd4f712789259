#include <gtest/gtest.h>

#include <streamkit/testing/fake_listener.hpp>
#include <thread>

namespace streamkit::testing {
namespace {

FakePublisher publisher(std::string name) {
  FakePublisher fake{.name = std::move(name), .key = "secret"};
  fake.stream.tracks.video = VideoTrack{};
  fake.stream.items = {Packet{.data = {1, 2, 3}},
                       TextCue{.end = std::chrono::seconds(2), .text = "Hello", .language = "en"}};
  return fake;
}

TEST(FakeListener, ReturnsPublishersInTheOrderInWhichTheyConnected) {
  FakeListener listener;
  listener.connect(publisher("first"));
  listener.connect(publisher("second"));
  auto first = listener.accept({});
  auto second = listener.accept({});
  EXPECT_EQ((*first)->name(), "first");
  EXPECT_EQ((*first)->key(), "secret");
  EXPECT_EQ((*second)->name(), "second");
}

TEST(FakeListener, WaitsForAPublisher) {
  FakeListener listener;
  std::jthread thread([&] {
    listener.await_accept();
    listener.connect(publisher("late"));
  });
  auto incoming = listener.accept({});
  ASSERT_TRUE(incoming);
  EXPECT_EQ((*incoming)->name(), "late");
}

TEST(FakeListener, StopWakesAcceptAndLosesNoPublisher) {
  FakeListener listener;
  std::stop_source stop;
  std::jthread thread([&] {
    listener.await_accept();
    stop.request_stop();
  });
  EXPECT_EQ(listener.accept(stop.get_token()).error().code, ErrorCode::Cancelled);
  listener.connect(publisher("patient"));
  EXPECT_EQ(listener.accept(stop.get_token()).error().code, ErrorCode::Cancelled);
  EXPECT_EQ((*listener.accept({}))->name(), "patient");
}

TEST(FakeListener, ReturnsTheErrorOnceInItsTurn) {
  FakeListener listener;
  listener.connect(publisher("before"));
  listener.fail({ErrorCode::Unavailable, "too many open files"});
  listener.connect(publisher("after"));
  EXPECT_TRUE(listener.accept({}));
  EXPECT_EQ(listener.accept({}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ((*listener.accept({}))->name(), "after");
}

TEST(FakeListener, TheSourceOutlivesItsPublisher) {
  FakeListener listener;
  listener.connect(publisher("one"));
  auto incoming = listener.accept({});
  auto source = (*incoming)->source({});
  ASSERT_TRUE(source);
  EXPECT_EQ((*incoming)->source({}).error().code, ErrorCode::InvalidArgument);
  incoming->reset();
  EXPECT_EQ(listener.accepted(), 1u);
  EXPECT_EQ(listener.rejected(), 0u);
  EXPECT_TRUE((*source)->tracks().video);
  EXPECT_EQ(std::get<Packet>(*(*source)->read({})).data, (Bytes{1, 2, 3}));
  EXPECT_EQ(std::get<TextCue>(*(*source)->read({})).text, "Hello");
  EXPECT_TRUE(std::holds_alternative<EndOfStream>(*(*source)->read({})));
  EXPECT_TRUE(std::holds_alternative<EndOfStream>(*(*source)->read({})));
}

TEST(FakeListener, CountsAPublisherWithoutASourceAsRejected) {
  FakeListener listener;
  listener.connect(publisher("one"));
  listener.accept({}).value().reset();
  EXPECT_EQ(listener.rejected(), 1u);
  EXPECT_EQ(listener.accepted(), 0u);
}

TEST(FakeListener, APublisherMayFailBeforeItsTracksAreKnown) {
  FakeListener listener;
  FakePublisher gone = publisher("gone");
  gone.failure = Error{ErrorCode::Unavailable, "the peer is gone"};
  listener.connect(gone);
  auto incoming = listener.accept({});
  EXPECT_EQ((*incoming)->source({}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(listener.accepted(), 0u);
}

TEST(FakePacketSource, ALivePublisherBlocksUntilStopped) {
  FakePacketSource source({.end = FakeSourceEnd::Waits});
  std::stop_source stop;
  std::jthread thread([&] { stop.request_stop(); });
  EXPECT_EQ(source.read(stop.get_token()).error().code, ErrorCode::Cancelled);
}

TEST(FakePacketSource, FailsAfterItsLastItem) {
  FakePacketSource source({.items = {Packet{}}, .failure = Error{ErrorCode::Unavailable, "gone"}});
  EXPECT_TRUE(source.read({}));
  EXPECT_EQ(source.read({}).error().code, ErrorCode::Unavailable);
  EXPECT_EQ(source.read({}).error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::testing
