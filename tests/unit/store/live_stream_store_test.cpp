#include <streamkit/store/live_stream_store.hpp>

#include <gtest/gtest.h>

namespace streamkit {
namespace {

TEST(LiveStreamStore, StatesAreReadAsTheyArePrinted) {
  EXPECT_EQ(to_string(LiveStreamState::PendingIngest), "PENDING_INGEST");
  EXPECT_EQ(to_string(LiveStreamState::Active), "ACTIVE");
  EXPECT_EQ(to_string(LiveStreamState::EndedGracefully), "ENDED_GRACEFULLY");
  EXPECT_EQ(to_string(LiveStreamState::Error), "ERROR");
  for (const auto state : {LiveStreamState::PendingIngest, LiveStreamState::Active,
                           LiveStreamState::EndedGracefully, LiveStreamState::Error}) {
    EXPECT_EQ(parse_live_stream_state(to_string(state)), state);
  }
  for (const char* text : {"", "active", "ACTIVE ", "PAUSED"}) {
    EXPECT_FALSE(parse_live_stream_state(text)) << text;
  }
}

TEST(LiveStreamStore, RulesForConflictsAreReadAsTheyArePrinted) {
  for (const auto rule :
       {PublishConflict::ReplaceSilent, PublishConflict::Replace, PublishConflict::Reject}) {
    EXPECT_FALSE(to_string(rule).empty());
    EXPECT_EQ(parse_publish_conflict(to_string(rule)), rule);
  }
  EXPECT_FALSE(parse_publish_conflict(""));
  EXPECT_FALSE(parse_publish_conflict("Replace"));
}

}  // namespace
}  // namespace streamkit
