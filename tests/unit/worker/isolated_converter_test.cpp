#include <streamkit/worker/isolated_converter.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/testing/recording_metrics.hpp>
#include <streamkit/worker/segment_converter.hpp>
#include <thread>

#include "media/media_test_support.hpp"

extern char** environ;

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

#ifdef STREAMKIT_SANITIZED
constexpr seconds kShortLimit{30};  // a good chunk takes that long
constexpr int kRounds = 5;
#else
constexpr seconds kShortLimit{3};
constexpr int kRounds = 50;
#endif

const SegmentPlace kPlace{.chunk_duration = seconds(1)};

Bytes text(std::string_view content) { return {content.begin(), content.end()}; }

Bytes good_chunk() {
  media::EncoderOptions options;
  options.chunk_duration = kPlace.chunk_duration;
  options.preset = "ultrafast";
  const VideoFormat format = media::small_format({30, 1});
  auto encoder = media::open_encoder(options, format, AudioFormat{});
  auto chunker = media::open_chunker({kPlace.chunk_duration}, (*encoder)->tracks());
  Bytes chunk;
  const auto take = [&](Result<std::vector<Chunk>> chunks) {
    for (Chunk& one : *chunks) chunk = std::move(one.data);
  };
  for (Packet& packet : media::encode(**encoder, format, 30)) {
    take((*chunker)->push(std::move(packet)));
  }
  take((*chunker)->flush());
  return chunk;
}

// The children of all threads of this process.
std::vector<pid_t> children() {
  std::vector<pid_t> all;
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "children");
    for (pid_t pid = 0; file >> pid;) all.push_back(pid);
  }
  return all;
}

long open_descriptors() {
  const fs::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

class IsolatedConverterTest : public ::testing::Test {
 protected:
  void start(ResourcePolicy policy = {}, int processes = 1) {
    auto created = IsolatedConverter::create(
        {.program = STREAMKIT_CONVERSION_CHILD, .processes = processes, .policy = policy},
        {.metrics = &metrics_});
    ASSERT_TRUE(created) << to_string(created.error());
    converter_ = *std::move(created);
  }
  Result<Segment> convert(Bytes chunk, std::function<void()> keep_alive = {},
                          std::stop_token stop = {}) const {
    return converter_->convert(std::move(chunk), StereoMode::HalfSbs, kPlace,
                               SegmentKind::Converted, {std::move(keep_alive), {}, {}}, stop);
  }
  // Without a limit, it died.
  void expect_ended(std::string_view chunk, std::string_view message,
                    std::optional<Limit> limit = {}) {
    const auto segment = convert(text(chunk));
    ASSERT_FALSE(segment) << chunk;
    EXPECT_EQ(exceeded_limit(segment.error()), limit) << chunk;
    EXPECT_EQ(segment.error().code, limit ? ErrorCode::Unsupported : ErrorCode::ResourceExhausted)
        << chunk;
    EXPECT_NE(segment.error().message.find(message), std::string::npos)
        << chunk << ": " << segment.error().message;
    EXPECT_TRUE(convert(good_chunk())) << "after " << chunk;
  }
  double ended(std::string_view cause) const {
    return metrics_.counter("streamkit_conversion_processes_ended_total{cause=\"" +
                            std::string(cause) + "\"}");
  }

  testing::RecordingMetrics metrics_;
  std::unique_ptr<IsolatedConverter> converter_;
};

TEST_F(IsolatedConverterTest, GivesTheSameBytesAsAConversionInThisProcess) {
  start();
  const SegmentConverter here{{}, {.preset = "ultrafast"}};
  const Bytes chunk = good_chunk();
  const ConversionHooks hooks{[] {}, {}, {}};
  const auto expected =
      here.convert(chunk, StereoMode::HalfSbs, kPlace, SegmentKind::Converted, hooks, {});
  const auto segment = convert(chunk);
  ASSERT_TRUE(segment) << to_string(segment.error());
  EXPECT_EQ(segment->file.data, expected->file.data);
  EXPECT_EQ(segment->file.duration, expected->file.duration);
  EXPECT_EQ(segment->file.audio_end, expected->file.audio_end);
  EXPECT_EQ(segment->file.header_bytes, expected->file.header_bytes);
  EXPECT_EQ(segment->file.parts, expected->file.parts);
  EXPECT_EQ(segment->video, expected->video);
  EXPECT_EQ(segment->state, expected->state);
  EXPECT_EQ(segment->notes, expected->notes);

  const auto format = converter_->format_of(chunk, StereoMode::HalfSbs, {});
  const auto expected_format = here.format_of(chunk, StereoMode::HalfSbs, {});
  ASSERT_TRUE(format);
  EXPECT_EQ(format->video, expected_format->video);
  EXPECT_EQ(format->audio.codec_config, expected_format->audio.codec_config);
  EXPECT_TRUE(converter_->stored_format(segment->file.data, {}));
  const auto filler = converter_->filler(kPlace, StereoMode::HalfSbs, {.stream = *format}, {});
  const auto expected_filler =
      here.filler(kPlace, StereoMode::HalfSbs, {.stream = *expected_format}, {});
  ASSERT_TRUE(filler);
  EXPECT_EQ(filler->file.data, expected_filler->file.data);
}

TEST_F(IsolatedConverterTest, EncodesHevcWithoutRights) {
  auto created =
      IsolatedConverter::create({.program = STREAMKIT_CONVERSION_CHILD, .arguments = {"hevc"}});
  ASSERT_TRUE(created) << to_string(created.error());
  converter_ = *std::move(created);
  const auto segment = convert(good_chunk());
  ASSERT_TRUE(segment) << to_string(segment.error());
  EXPECT_EQ(media::read_all(segment->file.data).pictures.size(), 30u);
}

TEST_F(IsolatedConverterTest, ReturnsTheErrorsOfConversions) {
  start();
  const auto damaged = convert(text("no video at all"));
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().code, ErrorCode::ResourceExhausted);
  EXPECT_EQ(ended("ended"), 0);
}

TEST_F(IsolatedConverterTest, HandsOverTheSegmentBefore) {
  start();
  const auto answer =
      converter_->convert(text("segment before"), StereoMode::HalfSbs, kPlace, SegmentKind::Flat,
                          {[] {}, {}, [] { return text("its bytes"); }}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "its bytes");
}

TEST_F(IsolatedConverterTest, SurvivesAProcessThatEnds) {
  start();
#ifndef STREAMKIT_SANITIZED
  expect_ended("segfault", "was killed by SIGSEGV");
  expect_ended("abort", "was killed by SIGABRT");
#endif
  const double before = ended("ended");
  expect_ended("exit", "exited with code 0");
  EXPECT_EQ(ended("ended"), before + 2) << "a second try";
}

TEST_F(IsolatedConverterTest, EndsAProcessThatHangs) {
  start({.max_wall_time = kShortLimit});
  expect_ended("hang", "exceeded " + std::to_string(kShortLimit.count()) + " s", Limit::ClockTime);
  EXPECT_EQ(ended("wall_time"), 1);
}

TEST_F(IsolatedConverterTest, EndsAProcessThatComputesForTooLong) {
  start({.max_cpu_time = kShortLimit});
  expect_ended("burn", "exceeded " + std::to_string(kShortLimit.count()) + " s of processor time",
               Limit::CpuTime);
  EXPECT_EQ(ended("cpu_time"), 1);
}

// A demuxer may loop over a table that announces billions of entries.
TEST_F(IsolatedConverterTest, EndsAProcessThatComputesForTooLongBeforeTheTracksAreKnown) {
  start({.max_open_time = kShortLimit});
  expect_ended("burn", "before the tracks of the chunk were known", Limit::CpuTime);
  EXPECT_EQ(ended("cpu_time"), 1);
  EXPECT_EQ(ended("ended"), 0);
}

TEST_F(IsolatedConverterTest, EndsAProcessThatTakesTooMuchMemory) {
#ifdef STREAMKIT_SANITIZED
  GTEST_SKIP() << "sanitizers need address space";
#endif
  start({.max_memory_bytes = std::uint64_t{1} << 30});
  expect_ended("memory", "exceeded 1024 MiB of memory", Limit::Memory);
  expect_ended("memory of a thread", "exceeded 1024 MiB of memory", Limit::Memory);
  EXPECT_EQ(ended("memory"), 2);
}

TEST_F(IsolatedConverterTest, BelievesNoInvalidReply) {
  start();
  expect_ended("garbage", "invalid reply");
  expect_ended("huge reply", "invalid reply");
  expect_ended("bad reply", "invalid reply");
  EXPECT_EQ(ended("invalid_reply"), 3);
  expect_ended("close", "was killed by SIGKILL");
}

TEST_F(IsolatedConverterTest, AProcessHasNoRights) {
#if defined(STREAMKIT_SANITIZED) || !defined(STREAMKIT_HAS_SECCOMP)
  GTEST_SKIP() << "system calls are not filtered";
#endif
  start();
  const auto tried = convert(text("rights"));
  ASSERT_FALSE(tried);
  EXPECT_EQ(tried.error().message, "permitted:");
}

TEST_F(IsolatedConverterTest, AConversionWhoseProcessIsKilledIsRepeated) {
  start();
  bool killed = false;
  const auto segment = convert(good_chunk(), [&] {
    if (!std::exchange(killed, true)) ::kill(children().at(0), SIGKILL);
  });
  EXPECT_TRUE(segment) << to_string(segment.error());
  EXPECT_TRUE(killed);
  EXPECT_EQ(ended("ended"), 1);
}

TEST_F(IsolatedConverterTest, AProcessThatIsKilledWhileIdleIsReplaced) {
  start();
  ASSERT_TRUE(convert(good_chunk()));
  ::kill(children().at(0), SIGKILL);
  EXPECT_TRUE(convert(good_chunk()));
}

TEST_F(IsolatedConverterTest, StopsAtOnce) {
  start();
  std::stop_source stop;
  const auto segment = convert(
      text("hang"), [&] { stop.request_stop(); }, stop.get_token());
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(ended("cancelled"), 1);
}

TEST_F(IsolatedConverterTest, LeavesNothingBehind) {
  const long descriptors = open_descriptors();
  start({}, 2);
  const Bytes chunk = good_chunk();
  for (int i = 0; i < kRounds; ++i) {
    if (i % 10 == 0) {
      ASSERT_FALSE(convert(text("exit")));
    }
    ASSERT_TRUE(convert(chunk)) << i;
  }
  EXPECT_LE(children().size(), 2u);
  EXPECT_LE(open_descriptors(), descriptors + 2);
  converter_.reset();
  EXPECT_TRUE(children().empty());
  EXPECT_EQ(open_descriptors(), descriptors);
}

TEST_F(IsolatedConverterTest, ConvertsConcurrently) {
  start({}, 2);
  const Bytes chunk = good_chunk();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 3; ++n) {
        if (i == 0) {
          EXPECT_FALSE(convert(text("exit")));
        }
        EXPECT_TRUE(convert(chunk));
      }
    });
  }
}

TEST_F(IsolatedConverterTest, ReportsWhyAProcessCannotStart) {
  const auto failed = IsolatedConverter::create(
      {.program = STREAMKIT_CONVERSION_CHILD, .arguments = {"without-model"}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), (Error{ErrorCode::InvalidArgument, "no such model"}));
  const auto exited =
      IsolatedConverter::create({.program = STREAMKIT_CONVERSION_CHILD, .arguments = {"exit"}});
  ASSERT_FALSE(exited);
  EXPECT_NE(exited.error().message.find("exited with code 5 at its start"), std::string::npos)
      << exited.error().message;
  const auto absent = IsolatedConverter::create({.program = "/no/such/program"});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::Unavailable);
}

TEST_F(IsolatedConverterTest, ProcessesEndWithTheirParent) {
  // Children whose parent ends become ours, so that their end can be waited for.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = STREAMKIT_CONVERSION_CHILD;
  std::string word = "parent";
  char* words[] = {program.data(), word.data(), program.data(), nullptr};
  pid_t parent = -1;
  ASSERT_EQ(::posix_spawn(&parent, program.c_str(), &actions, nullptr, words, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string line;
  for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
  ::close(ends[0]);
  ::kill(parent, SIGKILL);
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  std::istringstream ids(line);
  int count = 0;
  for (pid_t pid = 0; ids >> pid; ++count) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);  // blocks until its end
  }
  EXPECT_EQ(count, 2);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace
}  // namespace streamkit::worker
