#include <benchmark/benchmark.h>

#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/playlist_builder.hpp>

namespace streamkit::hls {
namespace {

SegmentRecord record(std::uint64_t index) {
  SegmentRecord result;
  result.index = index;
  result.duration = from_ticks(5005, 1, 1000);
  result.start = result.duration * static_cast<std::int64_t>(index);
  result.header_bytes = 1213;
  result.size_bytes = 2'500'000 + index;
  return result;
}

PlaylistBuilder built(std::int64_t count) {
  PlaylistBuilder builder;
  for (std::int64_t i = 0; i < count; ++i) {
    (void)builder.add(record(static_cast<std::uint64_t>(i)));
  }
  return builder;
}

// Goal: under 1 ms.
void BM_Build10000(benchmark::State& state) {
  constexpr std::int64_t kSegments = 10'000;
  for (auto _ : state) {
    PlaylistBuilder builder = built(kSegments);
    benchmark::DoNotOptimize(builder.text().data());
  }
  state.SetItemsProcessed(state.iterations() * kSegments);
}
BENCHMARK(BM_Build10000)->Unit(benchmark::kMicrosecond);

// One segment more on a playlist that has N: the time must not depend on N. The text's growth is
// amortized, so a block of segments is timed and each counts as an item.
void BM_AppendOne(benchmark::State& state) {
  constexpr std::int64_t kBlock = 1'000;
  const PlaylistBuilder before = built(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    PlaylistBuilder builder = before;
    (void)builder.add(record(builder.published()));  // makes room: a copy has none to spare
    state.ResumeTiming();
    for (std::int64_t i = 0; i < kBlock; ++i) {
      (void)builder.add(record(builder.published()));
      benchmark::DoNotOptimize(builder.text().data());
    }
  }
  state.SetItemsProcessed(state.iterations() * kBlock);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_AppendOne)
    ->RangeMultiplier(10)
    ->Range(1'000, 100'000)
    ->Unit(benchmark::kMicrosecond)
    ->Complexity(benchmark::o1);

void BM_Parse10000(benchmark::State& state) {
  const PlaylistBuilder builder = built(10'000);
  for (auto _ : state) {
    auto parsed = parse_media_playlist(builder.text());
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(builder.text().size()));
}
BENCHMARK(BM_Parse10000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace streamkit::hls
