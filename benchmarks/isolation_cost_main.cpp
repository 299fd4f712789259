// What it costs to convert a chunk in a process of its own: converts it here and there, in turn.
//   isolation_cost CHUNK [PAIRS]
// Its last line is "ratio X.XXX Y.YYY": the medians of the pairs' ratios of time and of processor
// time.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/worker/isolated_converter.hpp>
#include <streamkit/worker/segment_converter.hpp>
#include <string>
#include <vector>

namespace {

using namespace streamkit;
using namespace streamkit::worker;

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Of this process and its child.
double processor_seconds() {
  double sum = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "children");
    for (pid_t pid = 0; file >> pid;) {
      clockid_t clock{};
      if (::clock_getcpuclockid(pid, &clock) == 0) sum += seconds_of(clock);
    }
  }
  return sum;
}

struct Cost {
  double wall = 0;
  double cpu = 0;
};

Result<Cost> measure(const ChunkConverter& converter, const Bytes& chunk) {
  const double wall = seconds_of(CLOCK_MONOTONIC);
  const double cpu = processor_seconds();
  const auto segment = converter.convert(chunk, StereoMode::FullSbs, {}, SegmentKind::Converted,
                                         {[] {}, {}, {}}, {});
  if (!segment) return segment.error();
  return Cost{seconds_of(CLOCK_MONOTONIC) - wall, processor_seconds() - cpu};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Result<void> compare(const Bytes& chunk, int pairs) {
  const SegmentConverter here({}, {.preset = "superfast"});
  const auto there = IsolatedConverter::create({});
  if (!there) return there.error();
  std::vector<double> walls;
  std::vector<double> cpus;
  for (int pair = -1; pair < pairs; ++pair) {  // the first one warms up
    const auto first =
        measure(pair % 2 == 0 ? static_cast<const ChunkConverter&>(here) : **there, chunk);
    if (!first) return first.error();
    const auto second =
        measure(pair % 2 == 0 ? static_cast<const ChunkConverter&>(**there) : here, chunk);
    if (!second) return second.error();
    if (pair < 0) continue;
    const Cost& own = pair % 2 == 0 ? *first : *second;
    const Cost& isolated = pair % 2 == 0 ? *second : *first;
    std::printf("pair %d: here %.3f s, %.3f s of processors; isolated %.3f s, %.3f s\n", pair + 1,
                own.wall, own.cpu, isolated.wall, isolated.cpu);
    walls.push_back(isolated.wall / own.wall);
    cpus.push_back(isolated.cpu / own.cpu);
  }
  std::printf("ratio %.3f %.3f\n", median(walls), median(cpus));
  return {};
}

int serve() {
  const auto served = serve_conversions([]() -> Result<std::unique_ptr<ChunkConverter>> {
    return std::make_unique<SegmentConverter>(stereo::StereoOptions{},
                                              media::EncoderOptions{.preset = "superfast"});
  });
  return served ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  if (argc < 2) return serve();
  std::ifstream file(argv[1], std::ios::binary);
  const Bytes chunk(std::istreambuf_iterator<char>(file), {});
  const auto compared = compare(chunk, argc > 2 ? std::atoi(argv[2]) : 7);
  if (!compared) std::fprintf(stderr, "%s\n", to_string(compared.error()).c_str());
  return compared ? 0 : 1;
}
