#include "worker/policy_flags.hpp"

#include <algorithm>
#include <cstdint>
#include <streamkit/media/media_limits.hpp>
#include <string>
#include <string_view>

namespace streamkit::worker_tool {
namespace {

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

// Reads numbers until one of them is wrong.
class Reader {
 public:
  explicit Reader(const common::Arguments& arguments) : arguments_(arguments) {}

  template <typename Number>
  void integer(const char* name, std::int64_t least, std::int64_t most, Number& value) {
    const auto read = arguments_.integer(name, least, most);
    if (read) value = static_cast<Number>(*read);
    if (!read && done_) done_ = read.error();
  }
  double number(const char* name, double least, double most, double otherwise) {
    const auto read = arguments_.number(name, least, most);
    if (!read && done_) done_ = read.error();
    return read ? *read : otherwise;
  }
  [[nodiscard]] const Result<void>& done() const { return done_; }

 private:
  const common::Arguments& arguments_;
  Result<void> done_;
};

}  // namespace

std::vector<common::Flag> policy_flags() {
  const ResourcePolicy policy;
  return {
      {"max-chunk-lengths", "NUMBER",
       "how many times its nominal length a chunk may last, 1 to 100", "2"},
      {"max-extra-seconds", "S", "and how much longer, 0 to 3600", "2"},
      {"max-frame-rate", "HZ", "frames per second of a chunk, 1 to 10000", "240"},
      {"max-pixels", "COUNT", "pixels of a chunk's frames; a larger one is not decoded",
       std::to_string(policy.max_pixels)},
      {"max-tracks", "COUNT", "tracks of a chunk, 1 to 1000", std::to_string(policy.max_tracks)},
      {"max-samples", "COUNT", "samples that the index of a chunk may announce",
       std::to_string(policy.max_samples)},
      {"max-sample-rate", "HZ", "of a chunk's audio, 8000 to 1536000",
       std::to_string(policy.max_sample_rate_hz)},
      {"max-memory-mib", "MIB", "memory of one conversion, 256 to 1048576",
       std::to_string(policy.max_memory_bytes >> 20)},
      {"max-open-seconds", "S", "processor time before the tracks of a chunk are known, 1 to 86400",
       std::to_string(policy.max_open_time.count())},
      {"max-cpu-seconds", "S", "time of all processors for one conversion, 1 to 86400",
       std::to_string(policy.max_cpu_time.count())},
      {"max-wall-seconds", "S", "time by the clock for one conversion, 1 to 86400",
       std::to_string(policy.max_wall_time.count())},
      {"decoders", "LIST",
       "FFmpeg's names of the codecs that chunks may have, as h264,aac; empty: those of cameras, "
       "phones, browsers and capture programs"},
  };
}

Result<ResourcePolicy> resource_policy(const common::Arguments& arguments) {
  ResourcePolicy policy;
  Reader read(arguments);
  policy.chunk_lengths = read.number("max-chunk-lengths", 1, 100, policy.chunk_lengths);
  policy.extra_duration = from_seconds(read.number("max-extra-seconds", 0, 3600, 2));
  policy.max_frames_per_second = read.number("max-frame-rate", 1, 10'000, 240);
  read.integer("max-pixels", 4096, std::int64_t{1} << 28, policy.max_pixels);
  read.integer("max-tracks", 1, 1000, policy.max_tracks);
  read.integer("max-samples", 1000, 1'000'000'000, policy.max_samples);
  read.integer("max-sample-rate", 8000, 1'536'000, policy.max_sample_rate_hz);
  std::int64_t memory_mib = 0;
  read.integer("max-memory-mib", 256, 1 << 20, memory_mib);
  policy.max_memory_bytes = static_cast<std::uint64_t>(memory_mib) << 20;
  std::int64_t open_seconds = 0;
  std::int64_t cpu_seconds = 0;
  std::int64_t wall_seconds = 0;
  read.integer("max-open-seconds", 1, 86'400, open_seconds);
  read.integer("max-cpu-seconds", 1, 86'400, cpu_seconds);
  read.integer("max-wall-seconds", 1, 86'400, wall_seconds);
  policy.max_open_time = std::chrono::seconds(open_seconds);
  policy.max_cpu_time = std::chrono::seconds(cpu_seconds);
  policy.max_wall_time = std::chrono::seconds(wall_seconds);
  if (!read.done()) return read.done().error();
  policy.decoders = names_of(arguments.text("decoders"));
  if (auto checked = media::check_decoders(policy.decoders); !checked) {
    return arguments.wrong("decoders", checked.error().message);
  }
  return policy;
}

}  // namespace streamkit::worker_tool
