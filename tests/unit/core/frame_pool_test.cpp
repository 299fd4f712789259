#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <streamkit/core/bounded_queue.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace streamkit {
namespace {

using namespace std::chrono_literals;

VideoFormat sized(int width_px, int height_px) {
  return {.width_px = width_px, .height_px = height_px};
}

void fill(const WritableFrame& frame, std::uint8_t value) {
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      std::memset(plane.row(y), value + p, static_cast<std::size_t>(plane.width_px));
    }
  }
}

bool holds(const VideoFrame& frame, std::uint8_t value) {
  for (std::size_t p = 0; p < 3; ++p) {
    const VideoPlane& plane = frame.planes[p];
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        if (plane.row(y)[x] != static_cast<std::uint8_t>(value + p)) return false;
      }
    }
  }
  return true;
}

const void* memory_of(FramePool& pool, const VideoFormat& format) {
  return pool.acquire(format).plane(0).data;
}

TEST(FramePool, GivesPlanesOfTheFormatsShape) {
  FramePool pool;
  const WritableFrame frame = pool.acquire(sized(1280, 720));
  EXPECT_EQ(frame.format(), sized(1280, 720));
  EXPECT_EQ(frame.plane(0).width_px, 1280);
  EXPECT_EQ(frame.plane(0).height_px, 720);
  for (const int chroma : {1, 2}) {
    EXPECT_EQ(frame.plane(chroma).width_px, 640);
    EXPECT_EQ(frame.plane(chroma).height_px, 360);
  }
}

TEST(FramePool, RoundsChromaUpForOddSizes) {
  FramePool pool;
  const WritableFrame odd = pool.acquire(sized(641, 3));
  EXPECT_EQ(odd.plane(1).width_px, 321);
  EXPECT_EQ(odd.plane(2).height_px, 2);
  const WritableFrame smallest = pool.acquire(sized(1, 1));
  EXPECT_EQ(smallest.plane(1).width_px, 1);
  EXPECT_EQ(smallest.plane(2).height_px, 1);
}

TEST(FramePool, AlignsEveryRowAndKeepsRowsApart) {
  FramePool pool;
  for (const auto& [width, height] : {std::pair{1, 1}, {63, 5}, {64, 4}, {65, 7}, {1918, 1080}}) {
    WritableFrame frame = pool.acquire(sized(width, height));
    for (int p = 0; p < 3; ++p) {
      const WritablePlane& plane = frame.plane(p);
      EXPECT_GE(plane.stride_bytes, plane.width_px);
      for (int y = 0; y < plane.height_px; ++y) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(plane.row(y)) % 64, 0U);
      }
    }
    fill(frame, 7);
    EXPECT_TRUE(holds(std::move(frame).publish(0s, 0s), 7)) << width << "x" << height;
  }
}

// The reads themselves are the test: the address sanitizer judges them.
TEST(FramePool, LastRowMayBeReadPastItsEnd) {
  FramePool pool;
  WritableFrame frame = pool.acquire(sized(64, 2));
  const WritablePlane last = frame.plane(2);
  std::uint8_t* const end = last.row(last.height_px - 1) + last.width_px;
  std::memset(frame.plane(0).data, 0, static_cast<std::size_t>(end - frame.plane(0).data));
  volatile std::uint8_t sink = 0;
  for (int i = 0; i < 64; ++i) sink = end[i];
  static_cast<void>(sink);
}

TEST(FramePool, PublishesTheSamePixelsAndTimes) {
  FramePool pool;
  WritableFrame writable = pool.acquire(sized(16, 16));
  fill(writable, 9);
  const std::uint8_t* const pixels = writable.plane(0).data;
  const VideoFrame frame = std::move(writable).publish(3s, 40ms);
  EXPECT_EQ(frame.pts, 3s);
  EXPECT_EQ(frame.duration, 40ms);
  EXPECT_EQ(frame.format, sized(16, 16));
  EXPECT_EQ(frame.planes[0].data, pixels);
  EXPECT_TRUE(holds(frame, 9));
}

TEST(FramePool, UsesMemoryAgainOnlyAfterTheLastCopyIsGone) {
  FramePool pool;
  std::optional<VideoFrame> frame = pool.acquire(sized(64, 64)).publish(0s, 0s);
  const void* const memory = frame->planes[0].data;
  std::optional<VideoFrame> copy = frame;
  frame.reset();
  EXPECT_NE(memory_of(pool, sized(64, 64)), memory);
  copy.reset();
  const WritableFrame first = pool.acquire(sized(64, 64));
  const WritableFrame second = pool.acquire(sized(64, 64));
  EXPECT_TRUE(first.plane(0).data == memory || second.plane(0).data == memory);
}

TEST(FramePool, UsesMemoryAgainForAFrameThatWasNeverPublished) {
  FramePool pool;
  const void* const memory = memory_of(pool, sized(64, 64));
  EXPECT_EQ(memory_of(pool, sized(64, 64)), memory);
}

TEST(FramePool, FollowsAChangeOfSize) {
  FramePool pool;
  static_cast<void>(memory_of(pool, sized(64, 64)));
  const void* const larger = memory_of(pool, sized(128, 64));
  // Others take memory of about this size, so that had the pool let it go, it would not come back.
  std::vector<std::vector<std::uint8_t>> others;
  constexpr std::size_t kPixels = std::size_t{128} * 64 * 3 / 2;
  for (std::size_t more = 0; more <= 512; more += 16) others.emplace_back(kPixels + more);
  EXPECT_EQ(memory_of(pool, sized(128, 64)), larger);
}

TEST(FramePool, FramesOutliveThePool) {
  std::optional<FramePool> pool(std::in_place);
  WritableFrame early = pool->acquire(sized(32, 32));
  fill(early, 1);
  const VideoFrame published = std::move(early).publish(0s, 0s);
  WritableFrame unfinished = pool->acquire(sized(32, 32));
  pool.reset();
  fill(unfinished, 2);
  EXPECT_TRUE(holds(published, 1));
  EXPECT_TRUE(holds(std::move(unfinished).publish(0s, 0s), 2));
}

TEST(FramePool, CanBeMovedWithFramesAlive) {
  FramePool first;
  WritableFrame frame = first.acquire(sized(32, 32));
  FramePool second = std::move(first);
  fill(frame, 3);
  const void* const memory = frame.plane(0).data;
  { const VideoFrame gone = std::move(frame).publish(0s, 0s); }
  EXPECT_EQ(memory_of(second, sized(32, 32)), memory);
  FramePool third;
  third = std::move(second);
  EXPECT_EQ(memory_of(third, sized(32, 32)), memory);
}

TEST(FramePool, FramesAreReleasedOnOtherThreads) {
  constexpr int kFrames = 500;
  FramePool pool;
  BoundedQueue<VideoFrame> queue(4);
  std::jthread reader([&] {
    for (int i = 0; i < kFrames; ++i) {
      const auto frame = queue.pop();
      ASSERT_TRUE(frame);
      EXPECT_TRUE(holds(*frame, static_cast<std::uint8_t>(i))) << i;
    }
  });
  for (int i = 0; i < kFrames; ++i) {
    WritableFrame frame = pool.acquire(sized(48, 16));
    fill(frame, static_cast<std::uint8_t>(i));
    ASSERT_TRUE(queue.push(std::move(frame).publish(i * MediaTime(40ms), 40ms)));
  }
}

}  // namespace
}  // namespace streamkit
