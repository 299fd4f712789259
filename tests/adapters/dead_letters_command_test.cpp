#include "worker/dead_letters_command.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <streamkit/testing/memory_job_queue.hpp>

namespace streamkit::worker_tool {
namespace {

using namespace std::chrono_literals;

class DeadLettersTest : public ::testing::Test {
 protected:
  void dead_letter(const std::string& body) {
    ASSERT_TRUE(queue_.send(body));
    const auto job = queue_.receive(1min, 0ms, {});
    ASSERT_TRUE(job && *job);
    ASSERT_TRUE(queue_.dead_letter(**job, "because of \"" + body + "\""));
  }
  Result<void> run(DeadLetterAction action, std::string_view id = {}) {
    out_.str({});
    return handle_dead_letters(queue_, action, id, out_);
  }
  std::size_t lines() const {
    const std::string text = out_.str();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  testing::MemoryJobQueue queue_;
  std::ostringstream out_;
};

TEST_F(DeadLettersTest, ListsOneObjectALine) {
  dead_letter("one");
  dead_letter("two\nlines");
  ASSERT_TRUE(run(DeadLetterAction::List));
  EXPECT_EQ(lines(), 2u);
  EXPECT_TRUE(out_.str().starts_with(
      R"({"id":"1","attempt":1,"reason":"because of \"one\"","body":"one"})"));
  ASSERT_TRUE(run(DeadLetterAction::List, "2"));
  EXPECT_EQ(lines(), 1u);
  EXPECT_EQ(run(DeadLetterAction::List, "3").error().code, ErrorCode::NotFound);
}

TEST_F(DeadLettersTest, GivesOneBackToTheWorkers) {
  dead_letter("one");
  dead_letter("two");
  ASSERT_TRUE(run(DeadLetterAction::Retry, "2"));
  EXPECT_EQ((*queue_.receive(1min, 0ms, {}))->body, "two");
  EXPECT_EQ(queue_.depth()->dead, 1u);
  EXPECT_EQ(run(DeadLetterAction::Retry, "2").error().code, ErrorCode::NotFound);
}

TEST_F(DeadLettersTest, DoesItWithAllOfVeryMany) {
  for (int i = 0; i < 250; ++i) dead_letter(std::to_string(i));
  ASSERT_TRUE(run(DeadLetterAction::List));
  EXPECT_EQ(lines(), 250u);
  ASSERT_TRUE(run(DeadLetterAction::Retry, "all"));
  EXPECT_EQ(out_.str(), "retried 250\n");
  EXPECT_EQ(queue_.depth()->waiting, 250u);
  EXPECT_EQ(queue_.depth()->dead, 0u);
}

TEST_F(DeadLettersTest, ForgetsNothingWithoutBeingToldWhich) {
  dead_letter("one");
  EXPECT_EQ(run(DeadLetterAction::Purge).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(queue_.depth()->dead, 1u);
  ASSERT_TRUE(run(DeadLetterAction::Purge, "all"));
  EXPECT_EQ(out_.str(), "purged 1\n");
  EXPECT_EQ(queue_.depth()->dead, 0u);
}

}  // namespace
}  // namespace streamkit::worker_tool
