#include <streamkit/live/publish_authorizer.hpp>

#include <gtest/gtest.h>

#include <streamkit/live/live_streams.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <streamkit/testing/recording_metrics.hpp>

#include "live/flaky_live_stream_store.hpp"

namespace streamkit::live {
namespace {

class PublishAuthorizerTest : public ::testing::Test {
 protected:
  NewLiveStream create() { return *streams_.create({}); }
  Result<PublishGrant> ask(PublishRequest request) {
    request.protocol = "rtmp";
    if (request.remote_address.empty()) request.remote_address = "192.0.2.1";
    return StreamKeyAuthorizer(streams_, options_, context_).authorize(request);
  }
  /// Empty: it was rejected.
  std::string granted(PublishRequest request) {
    const auto grant = ask(std::move(request));
    return grant ? grant->stream_id : std::string();
  }
  std::string rejection(PublishRequest request, ErrorCode code = ErrorCode::PermissionDenied) {
    const auto grant = ask(std::move(request));
    if (grant) return "granted";
    EXPECT_EQ(grant.error().code, code) << grant.error().message;
    return grant.error().message;
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  testing::RecordingMetrics metrics_;
  const Context context_{&logger_, &metrics_, &clock_};
  FlakyLiveStreamStore store_;
  LiveStreams streams_{store_, {.max_open_streams = 2}, context_};
  StreamKeyAuthorizerOptions options_;
};

TEST_F(PublishAuthorizerTest, GrantsTheStreamOfAKeyWhereverTheProtocolCarriesIt) {
  const auto created = create();
  const std::string id = created.stream.id;
  EXPECT_EQ(granted({.app = "live", .stream = created.key}), id);
  EXPECT_EQ(granted({.stream = created.key}), id);
  EXPECT_EQ(granted({.app = "live", .key = created.key}), id);
  EXPECT_EQ(granted({.app = "live", .stream = id, .key = created.key}), id);
  EXPECT_EQ(granted({.app = "live", .stream = id, .token = created.key}), id);
  EXPECT_EQ(granted({.app = "live", .stream = created.key, .token = "something else"}), id);
}

TEST_F(PublishAuthorizerTest, RejectsWhatIsNotTheKeyAndLogsNoneOfIt) {
  const auto created = create();
  const auto other = create();
  const std::string unknown = "unknown stream key";
  EXPECT_EQ(rejection({.app = "live"}), unknown);
  EXPECT_EQ(rejection({.app = "live", .stream = "wr0ng-secret"}), unknown);
  EXPECT_EQ(rejection({.app = "live", .stream = created.stream.id}), unknown);
  EXPECT_EQ(rejection({.app = "live", .stream = created.stream.key_sha256}), unknown);
  EXPECT_EQ(rejection({.app = "live", .stream = created.stream.id, .key = other.key}), unknown);
  EXPECT_EQ(rejection({.app = "live", .stream = "name", .token = created.key}), unknown);
  EXPECT_EQ(rejection({.app = "vod", .stream = created.key}), "publish to the application 'live'");
  for (const std::string& secret : {std::string("wr0ng-secret"), created.key, other.key}) {
    EXPECT_FALSE(logger_.mentions(secret));
  }
  EXPECT_TRUE(logger_.mentions("192.0.2.1"));
  EXPECT_EQ(metrics_.counter("streamkit_publishers_rejected_total{reason=\"key\"}"), 7);
}

TEST_F(PublishAuthorizerTest, ARevokedKeyIsUnknown) {
  const auto created = create();
  ASSERT_TRUE(streams_.revoke(created.stream.id));
  EXPECT_EQ(rejection({.app = "live", .stream = created.key}), "unknown stream key");
}

TEST_F(PublishAuthorizerTest, APublisherOnThisMachineNeedsNoKeyWhereThatIsAllowed) {
  const PublishRequest local{.app = "live", .stream = "camera-1", .remote_address = "127.0.0.1"};
  EXPECT_EQ(granted(local), "");
  options_.open_on_loopback = true;
  EXPECT_EQ(granted(local), "camera-1");
  EXPECT_TRUE(streams_.find("camera-1")->open);
  EXPECT_EQ(granted(local), "camera-1") << "it comes back";
  EXPECT_EQ(granted({.stream = "camera-1", .remote_address = "::1"}), "camera-1");
  EXPECT_EQ(granted({.stream = "camera-1", .remote_address = "192.0.2.1"}), "");
  EXPECT_EQ(granted({.stream = "camera-2", .remote_address = "192.0.2.1"}), "");
  EXPECT_FALSE(streams_.find("camera-2"));
}

TEST_F(PublishAuthorizerTest, AnOpenNameIsCheckedAndTheirNumberIsBounded) {
  options_.open_on_loopback = true;
  const auto local = [](std::string name) {
    return PublishRequest{.app = "live", .stream = std::move(name), .remote_address = "127.0.0.1"};
  };
  for (const std::string& name :
       {std::string(), std::string("../x"), std::string("a b"), std::string(65, 'a')}) {
    EXPECT_EQ(rejection(local(name), ErrorCode::InvalidArgument),
              "the stream name must be 1 to 64 characters of A-Z a-z 0-9 _ -");
  }
  EXPECT_EQ(granted(local(std::string(64, 'a'))), std::string(64, 'a'));
  EXPECT_EQ(granted(local("two")), "two");
  EXPECT_NE(rejection(local("three"), ErrorCode::ResourceExhausted).find("delete one"),
            std::string::npos);
  EXPECT_EQ(granted(local("two")), "two") << "one that exists is not new";
}

TEST_F(PublishAuthorizerTest, AnOpenNameTakesNoStreamOrSessionOfOthers) {
  options_.open_on_loopback = true;
  const auto created = create();
  PublishRequest request{.stream = created.stream.id, .remote_address = "127.0.0.1"};
  EXPECT_EQ(rejection(request), "the stream of this name needs its stream key");
  ASSERT_TRUE(store_.sessions().create({.id = "session", .control_token = "t"}));
  request.stream = "session";
  EXPECT_EQ(rejection(request), "a session has this name: choose another name");
  request.stream = "open";
  EXPECT_EQ(granted(request), "open");
  ASSERT_TRUE(streams_.revoke("open"));
  EXPECT_EQ(rejection(request), "the stream of this name was deleted: choose another name");
}

// An encoder that reconnects with a key that was revoked must not make the key a public name.
TEST_F(PublishAuthorizerTest, AKeyNeverBecomesAName) {
  options_.open_on_loopback = true;
  const auto created = create();
  ASSERT_TRUE(streams_.revoke(created.stream.id));
  EXPECT_EQ(rejection({.stream = created.key, .remote_address = "127.0.0.1"}),
            "unknown stream key");
  EXPECT_FALSE(streams_.find(created.key));
  EXPECT_FALSE(logger_.mentions(created.key));
}

TEST_F(PublishAuthorizerTest, AFailingStoreIsUnavailableAndShowsNothingToThePublisher) {
  const auto created = create();
  store_.failing = true;
  EXPECT_EQ(rejection({.stream = created.key}, ErrorCode::Unavailable),
            "the stream store is not available, try again");
  EXPECT_EQ(metrics_.counter("streamkit_publishers_rejected_total{reason=\"unavailable\"}"), 1);
}

TEST(LoopbackAddress, IsThatOfThisMachine) {
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback_address(address)) << address;
  }
  for (const char* address : {"", "localhost", "128.0.0.1", "::2", "::ffff:192.0.2.1",
                              "127.evil.example", "192.0.2.127"}) {
    EXPECT_FALSE(is_loopback_address(address)) << address;
  }
}

}  // namespace
}  // namespace streamkit::live
