// The order of what is stored, under failures at random.

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <set>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <string>
#include <thread>
#include <vector>

namespace streamkit {
namespace {

using namespace std::chrono_literals;
using testing::FakeClock;
using testing::FakeWait;

const Error kReset{ErrorCode::Unavailable, "connection reset"};
const Error kBusy{ErrorCode::RateLimited, "one at a time"};
const Error kDenied{ErrorCode::PermissionDenied, "not yours"};

Chunk chunk(std::uint64_t index) {
  return {.index = index, .duration = 2s, .data = Bytes(100, static_cast<std::uint8_t>(index))};
}

std::string key(std::uint64_t index) { return to_string(StreamInputKey{"s1", index}); }

// A server that fails in every way, at random: before the body, in its middle, while the last byte
// is held back, after the release, and after the chunk was stored.
class RandomWriter final : public ObjectWriter {
 public:
  explicit RandomWriter(unsigned seed) : random_(seed) {}
  [[nodiscard]] bool can_hold_last_byte() const noexcept override { return true; }

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override {
    if (one_in(6)) return kReset;
    const std::size_t last = body.size() - 1;
    for (std::size_t sent = 0; sent < last; sent = std::min(last, sent + 1 + below(60))) {
      options.on_progress(sent);
      pause();
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
      if (one_in(30)) return one_in(2) ? kReset : kBusy;
    }
    while (options.hold_last_byte && !options.hold_last_byte->is_released()) {
      std::this_thread::yield();
      if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
      if (one_in(2000)) return one_in(2) ? kReset : kDenied;
    }
    if (one_in(10)) return kReset;
    // Nobody can take back what is under way: the stop does not count from here on.
    store(key);
    pause();
    if (one_in(10)) return kReset;
    return {};
  }

  std::vector<std::string> stored() const {
    std::lock_guard lock(mutex_);
    return stored_;
  }

 private:
  void store(std::string_view key) {
    std::lock_guard lock(mutex_);
    stored_.emplace_back(key);
  }
  std::size_t below(std::size_t count) {
    std::lock_guard lock(mutex_);
    return random_() % count;
  }
  bool one_in(std::size_t count) { return below(count) == 0; }
  void pause() {
    for (std::size_t i = below(20); i > 0; --i) std::this_thread::yield();
  }

  mutable std::mutex mutex_;
  std::minstd_rand random_;
  std::vector<std::string> stored_;
};

// The keys in the order in which each was stored first.
std::vector<std::string> first_times(const std::vector<std::string>& stored) {
  std::vector<std::string> order;
  std::set<std::string> seen;
  for (const std::string& key : stored) {
    if (seen.insert(key).second) order.push_back(key);
  }
  return order;
}

TEST(UploaderOrder, KeepsTheOrderUnderEveryFailure) {
  constexpr std::uint64_t kChunks = 12;
  for (unsigned seed = 1; seed <= 25; ++seed) {
    FakeClock clock{FakeWait::AutoAdvances};
    RandomWriter writer(seed);
    std::vector<std::uint64_t> samples;
    const auto uploads =
        Uploader::create_with_buffer(
            writer, "s1", make_memory_buffer(4, 0), {.give_up_after = 1h}, {.clock = &clock},
            [&](const UploadSample& sample) { samples.push_back(sample.bytes); })
            .value();
    std::vector<std::string> expected;
    for (std::uint64_t i = 0; i < kChunks; ++i) {
      ASSERT_TRUE(uploads->submit(chunk(i), {}));
      expected.push_back(key(i));
    }
    const auto finished = uploads->finish({});
    ASSERT_TRUE(finished) << "seed " << seed << ": " << to_string(finished.error());
    const auto stored = writer.stored();
    EXPECT_EQ(first_times(stored), expected) << "seed " << seed;
    // What is stored again is the newest, whose response was lost.
    for (std::size_t i = 1; i < stored.size(); ++i) EXPECT_GE(stored[i], stored[i - 1]) << seed;
    EXPECT_EQ(samples.size(), kChunks) << "seed " << seed;
    EXPECT_EQ(uploads->stats().buffered_chunks, 0U);
  }
}

TEST(UploaderOrder, EndsAtAnyMoment) {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    FakeClock clock{FakeWait::AutoAdvances};
    RandomWriter writer(seed);
    auto uploads =
        Uploader::create(writer, "s1", {.give_up_after = 1h, .chunks_ahead = 20}, {.clock = &clock})
            .value();
    for (std::uint64_t i = 0; i < 12; ++i) ASSERT_TRUE(uploads->submit(chunk(i), {}));
    while (uploads->stats().stored_chunks < seed % 12) std::this_thread::yield();
    uploads.reset();
    const auto order = first_times(writer.stored());
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], key(i)) << seed;
  }
}

}  // namespace
}  // namespace streamkit
