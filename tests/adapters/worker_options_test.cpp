#include "worker/worker_options.hpp"

#include <gtest/gtest.h>

namespace streamkit::worker_tool {
namespace {

Result<ToolOptions> options_of(const std::vector<std::string>& words) {
  return worker_command_line()
      .parse(words, [](const std::string&) { return std::optional<std::string>(); })
      .and_then(read_worker_options);
}

TEST(WorkerOptions, ConvertsInProcessesOfTheirOwn) {
  const auto options = options_of({});
  ASSERT_TRUE(options) << to_string(options.error());
#ifndef STREAMKIT_SANITIZED
  EXPECT_TRUE(options->isolated);
#endif
  EXPECT_FALSE(options->uses_devices);
  EXPECT_EQ(options->policy.max_memory_bytes, ResourcePolicy{}.max_memory_bytes);
  EXPECT_EQ(options->policy.max_cpu_time, ResourcePolicy{}.max_cpu_time);
  EXPECT_EQ(options->policy.max_wall_time, ResourcePolicy{}.max_wall_time);
}

TEST(WorkerOptions, TakeLimitsOfConversions) {
  const auto options = options_of({"--isolation", "none", "--max-memory-mib", "512",
                                   "--max-cpu-seconds", "7", "--max-wall-seconds", "9"});
  ASSERT_TRUE(options) << to_string(options.error());
  EXPECT_FALSE(options->isolated);
  EXPECT_EQ(options->policy.max_memory_bytes, std::uint64_t{512} << 20);
  EXPECT_EQ(options->policy.max_cpu_time, std::chrono::seconds(7));
  EXPECT_EQ(options->policy.max_wall_time, std::chrono::seconds(9));
}

TEST(WorkerOptions, TakeCodecAndHdr) {
  const auto standard = options_of({}).value();
  EXPECT_EQ(standard.encoder.codec, media::VideoCodec::H264);
  EXPECT_FALSE(standard.keep_hdr);
  const auto own = options_of({"--hdr", "keep", "--codec", "hevc"}).value();
  EXPECT_EQ(own.encoder.codec, media::VideoCodec::Hevc);
  EXPECT_TRUE(own.keep_hdr);
  EXPECT_EQ(standard.encoder.encoder, "");
  EXPECT_EQ(options_of({"--encoder", "libx265"}).value().encoder.codec, media::VideoCodec::Hevc);
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--encoder", "magic"},
        std::vector<std::string>{"--encoder", "libx264", "--codec", "hevc"},
        std::vector<std::string>{"--encoder", "h264_nvenc", "--hdr", "keep"}}) {
    const auto failed = options_of(flags);
    ASSERT_FALSE(failed) << flags[1];
    EXPECT_NE(failed.error().message.find("--encoder"), std::string::npos)
        << failed.error().message;
  }
  const auto wrong = options_of({"--hdr", "keep", "--codec", "h264"});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("leave out --codec h264"), std::string::npos);
}

TEST(WorkerOptions, SessionsCanChooseEveryDepthThatNeedsNoModel) {
  const auto options = options_of({"--depth", "cues"});
  ASSERT_TRUE(options) << to_string(options.error());
  EXPECT_TRUE(options->worker.depth_is_choosable);
  EXPECT_EQ(options->worker.kind, SegmentKind::Converted);
  for (const auto* factory : {&options->depth.standard, &options->depth.chosen.automatic,
                              &options->depth.chosen.network, &options->depth.chosen.cues}) {
    ASSERT_TRUE(*factory);
    EXPECT_TRUE((*factory)());
  }
  EXPECT_FALSE(options->depth.chosen.onnx);
  const auto cues = options->depth.chosen.cues();
  EXPECT_TRUE((*options->depth.standard())->load_state((*cues)->save_state()));
}

TEST(WorkerOptions, OnlyAStubHasNoDepthToChoose) {
  const auto flat = options_of({"--depth", "flat"});
  ASSERT_TRUE(flat) << to_string(flat.error());
  EXPECT_EQ(flat->worker.kind, SegmentKind::Flat);
  EXPECT_TRUE(flat->worker.depth_is_choosable);
  const auto stub = options_of({"--inference-backend", "stub"});
  ASSERT_TRUE(stub) << to_string(stub.error());
  EXPECT_EQ(stub->worker.kind, SegmentKind::Flat);
  EXPECT_FALSE(stub->worker.depth_is_choosable);
}

TEST(WorkerOptions, NameAnUnknownIsolation) {
  const auto options = options_of({"--isolation", "some"});
  ASSERT_FALSE(options);
  EXPECT_NE(options.error().message.find("--isolation"), std::string::npos);
}

}  // namespace
}  // namespace streamkit::worker_tool
