#include "worker/policy_flags.hpp"

#include <gtest/gtest.h>

namespace streamkit::worker_tool {
namespace {

Result<ResourcePolicy> read(const std::vector<std::string>& words) {
  const common::CommandLine line("test [options]", "Tests.", policy_flags());
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return resource_policy(*arguments);
}

TEST(PolicyFlags, DefaultsAreThoseOfThePolicy) {
  const auto policy = read({});
  ASSERT_TRUE(policy) << policy.error().message;
  const ResourcePolicy expected;
  EXPECT_EQ(policy->chunk_lengths, expected.chunk_lengths);
  EXPECT_EQ(policy->extra_duration, expected.extra_duration);
  EXPECT_EQ(policy->max_frames_per_second, expected.max_frames_per_second);
  EXPECT_EQ(policy->max_pixels, expected.max_pixels);
  EXPECT_EQ(policy->max_tracks, expected.max_tracks);
  EXPECT_EQ(policy->max_samples, expected.max_samples);
  EXPECT_EQ(policy->max_sample_rate_hz, expected.max_sample_rate_hz);
  EXPECT_EQ(policy->max_memory_bytes, expected.max_memory_bytes);
  EXPECT_EQ(policy->max_open_time, expected.max_open_time);
  EXPECT_EQ(policy->max_cpu_time, expected.max_cpu_time);
  EXPECT_EQ(policy->max_wall_time, expected.max_wall_time);
  EXPECT_TRUE(policy->decoders.empty());
}

TEST(PolicyFlags, EachSetsItsField) {
  const auto policy = read({"--max-chunk-lengths", "3",     "--max-extra-seconds", "0.5",
                            "--max-frame-rate",    "60",    "--max-pixels",        "2073600",
                            "--max-tracks",        "2",     "--max-samples",       "5000",
                            "--max-sample-rate",   "48000", "--max-memory-mib",    "512",
                            "--max-cpu-seconds",   "20",    "--max-wall-seconds",  "10",
                            "--max-open-seconds",  "4",     "--decoders",          "h264,aac"});
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->chunk_lengths, 3);
  EXPECT_EQ(policy->extra_duration, MediaTime(std::chrono::milliseconds(500)));
  EXPECT_EQ(policy->max_frames_per_second, 60);
  EXPECT_EQ(policy->max_pixels, 2'073'600);
  EXPECT_EQ(policy->max_tracks, 2);
  EXPECT_EQ(policy->max_samples, 5000);
  EXPECT_EQ(policy->max_sample_rate_hz, 48'000);
  EXPECT_EQ(policy->max_memory_bytes, std::uint64_t{512} << 20);
  EXPECT_EQ(policy->max_open_time, std::chrono::seconds(4));
  EXPECT_EQ(policy->max_cpu_time, std::chrono::seconds(20));
  EXPECT_EQ(policy->max_wall_time, std::chrono::seconds(10));
  EXPECT_EQ(policy->decoders, (std::vector<std::string>{"h264", "aac"}));
}

TEST(PolicyFlags, WhatIsWrongIsNamed) {
  const auto unknown = read({"--decoders", "h264,h246"});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("'h246'"), std::string::npos) << unknown.error().message;
  const auto none = read({"--max-tracks", "0"});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("--max-tracks"), std::string::npos) << none.error().message;
}

}  // namespace
}  // namespace streamkit::worker_tool
